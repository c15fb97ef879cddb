-- grain: day × store × entity × territory, and the same over all stores (store = '*'); look-back: none
select
    report_date,
    coalesce(store, '*') as store,
    entity,
    territory,
    sum(streams)::bigint as streams
from plays
inner join members using (track_id)
where report_date between $first_day and $last_day
group by grouping sets (
    (report_date, store, entity, territory), (report_date, entity, territory)
)
order by report_date, store, entity, territory
