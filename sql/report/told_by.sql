-- grain: day × store; look-back: $first_day to $last_day
-- Which report tells the plays of a store's day: the audience report where there is one, else the
-- streams, else the listeners. Reports of the same plays are never added up.
select
    report_date,
    store,
    arg_min(report, preference) as report
from (
    select report_date, store, 'audience' as report, 1 as preference from audience
    union all
    select report_date, store, 'streams', 2 from streams
    union all
    select report_date, store, 'listeners', 3 from listeners
)
where report_date between $first_day and $last_day
group by report_date, store
order by report_date, store
