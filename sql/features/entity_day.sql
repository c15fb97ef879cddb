-- grain: day × store × entity, and day × entity over all stores (store = '*'); look-back: none
-- `members` says which entity (a track, a release, an artist, a label, an account) a track counts for.
-- Each engagement count stands beside the plays or listeners of the very rows that know it, so that
-- a store that does not report it lowers no rate.
select
    report_date,
    coalesce(store, '*') as store,
    entity,
    sum(streams)::bigint as streams,
    coalesce(sum(listeners), 0)::bigint as listeners,
    coalesce(sum(streams) filter (listeners is not null), 0)::bigint as listeners_streams,
    coalesce(sum(saves) filter (listeners is not null), 0)::bigint as saves,
    coalesce(sum(listeners) filter (saves is not null), 0)::bigint as saves_listeners,
    coalesce(sum(sub30_plays), 0)::bigint as sub30_plays,
    coalesce(sum(streams) filter (sub30_plays is not null), 0)::bigint as sub30_streams,
    coalesce(sum(listening_seconds), 0)::bigint as listening_seconds,
    coalesce(sum(streams) filter (listening_seconds is not null), 0)::bigint as seconds_streams
from plays
inner join members using (track_id)
where report_date between $first_day and $last_day
group by grouping sets ((report_date, store, entity), (report_date, entity))
order by report_date, store, entity
