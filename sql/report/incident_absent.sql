-- grain: incident × day × store that told nothing of the day; look-back: $first_day to $last_day
-- Of the stores that carry the incident's plays those that tell of most days since their first one in
-- the span. `plays_share` is the store's share of the incident's plays over all days.
with carried as (
    select
        incident_id,
        store,
        sum(streams) as streams
    from incident_told
    group by incident_id, store
),

steady as (
    select
        store,
        min(report_date) as first_told
    from told_by
    where report_date between $first_day and $last_day
    group by store
    having 2 * count(*) > date_diff('day', min(report_date), $last_day::date) + 1
)

select
    carried.incident_id,
    calendar.day::date as report_date,
    carried.store,
    carried.streams / sum(carried.streams) over (
        partition by carried.incident_id, calendar.day
    ) as plays_share
from carried
cross join generate_series(
    $first_day::timestamp, $last_day::timestamp, interval 1 day
) as calendar (day)
left join steady
    on carried.store = steady.store and calendar.day >= steady.first_told
left join told_by
    on carried.store = told_by.store and calendar.day = told_by.report_date
qualify steady.store is not null and told_by.store is null and carried.streams > 0
order by carried.incident_id, report_date, carried.store
