-- grain: day × store; look-back: 28 days before $first_day
-- Plays by the table they came in (null = the store sent no such table); `plays` is the best known of them,
-- 0 where the store said that there were none.
with delivered as (
    select report_date, store, 'streams' as came_in, streams from streams
    union all
    select report_date, store, 'audience' as came_in, streams from audience
    union all
    select report_date, store, 'listeners' as came_in, streams from listeners
    union all
    select report_date, store, 'nothing' as came_in, 0 as streams from deliveries where rows = 0
)
select
    report_date,
    store,
    (sum(streams) filter (where came_in = 'streams'))::bigint as streams_plays,
    (sum(streams) filter (where came_in = 'audience'))::bigint as audience_plays,
    (sum(streams) filter (where came_in = 'listeners'))::bigint as listeners_plays,
    coalesce(streams_plays, audience_plays, listeners_plays, 0) as plays
from delivered
where report_date between $first_day::date - 28 and $last_day
group by report_date, store
order by report_date, store
