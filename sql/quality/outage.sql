-- grain: day × store on which a store was down or caught up; look-back: `store_day` from 29 days before $first_day on
-- state `missing`: nothing came, though on most of the 14 days before; `short`: less than half of the plays of the
-- same weekday; `catch_up`: half as much again and more, after a missing or short day. A day knows none after it.
with calendar as (
    select day::date as report_date
    from generate_series(
        $first_day::timestamp - interval 1 day, $last_day::timestamp, interval 1 day
    ) as calendar (day)
),

compared as (
    select
        calendar.report_date,
        past.store,
        any_value(past.plays) filter (where past.report_date = calendar.report_date) as plays,
        median(past.plays) filter (
            where date_diff('day', past.report_date, calendar.report_date) in (7, 14, 21, 28)
        ) as usual_plays,
        count(*) filter (
            where date_diff('day', past.report_date, calendar.report_date) in (7, 14, 21, 28)
        ) as weeks,
        count(*) filter (
            where date_diff('day', past.report_date, calendar.report_date) between 1 and 14
        ) as days_before
    from calendar
    inner join store_day as past
        on past.report_date between calendar.report_date - 28 and calendar.report_date
    group by calendar.report_date, past.store
),

told as (
    select
        report_date,
        store,
        plays,
        case when weeks >= 2 then usual_plays end as usual_plays,
        case
            when plays is null and days_before > $most_of_14_days then 'missing'
            when weeks >= 2 and usual_plays >= $least_plays and 2 * plays < usual_plays then 'short'
        end as down
    from compared
)

select
    today.report_date,
    today.store,
    today.plays,
    today.usual_plays,
    today.plays / nullif(today.usual_plays, 0) as times_usual,
    coalesce(today.down, 'catch_up') as state
from told as today
left join told as yesterday
    on yesterday.store = today.store and yesterday.report_date = today.report_date - 1
where today.report_date >= $first_day
    and (
        today.down is not null
        or (
            yesterday.down is not null
            and today.usual_plays >= $least_plays
            and today.plays >= 1.5 * today.usual_plays
        )
    )
order by today.report_date, today.store
