-- grain: day × store of audience_day whose measures are judged, its oddest measure; look-back: the same weekday of 4 weeks
-- A measure is held against its usual count and, since more plays have more of everything, against its usual count a play:
-- the milder of the two ratios is its own. Usual is what was told on each such day that came, two at least. What the
-- delivery leaves to other reports of the store (`untold`) is not judged.
with told as (
    select *
    from audience_day
        unpivot include nulls (
            counted for measure in (listeners, saves, skips, sub30_plays, listening_seconds, shazams)
        )
),

usual as (
    select
        today.report_date,
        today.store,
        today.measure,
        today.counted,
        median(past.counted) as usual_counted,
        coalesce(today.counted, 0) / nullif(median(past.counted), 0) as times_usual,
        coalesce(today.counted, 0) / nullif(today.streams, 0)
        / nullif(median(past.counted / nullif(past.streams, 0)), 0) as times_a_play
    from told as today
    inner join told as past
        on past.store = today.store
        and past.measure = today.measure
        and date_diff('day', past.report_date, today.report_date) in (7, 14, 21, 28)
    anti join untold
        on untold.report_date = today.report_date
        and untold.store = today.store
        and untold.measure = today.measure
    group by today.report_date, today.store, today.measure, today.counted, today.streams
    having count(*) >= 2 and count(past.counted) = count(*)
),

judged as (
    select
        *,
        case
            when coalesce(counted, 0) = 0 then 0
            when abs(ln(times_a_play)) < abs(ln(times_usual)) then times_a_play
            else times_usual
        end as times
    from usual
    where usual_counted >= case when coalesce(counted, 0) = 0 then $least_absent else $least_counted end
)

select
    report_date,
    store,
    times as measures,
    measure,
    counted,
    usual_counted
from judged
qualify row_number() over (
    partition by report_date, store
    order by case when times = 0 then 1e9 else abs(ln(times)) end desc, measure
) = 1
order by report_date, store
