-- grain: day × store; look-back: none
-- Plays and engagement of a whole store; each count beside the plays or listeners that know it.
select
    report_date,
    store,
    sum(streams)::bigint as streams,
    coalesce(sum(saves) filter (listeners is not null), 0)::bigint as saves,
    coalesce(sum(listeners) filter (saves is not null), 0)::bigint as saves_listeners,
    coalesce(sum(sub30_plays), 0)::bigint as sub30_plays,
    coalesce(sum(streams) filter (sub30_plays is not null), 0)::bigint as sub30_streams
from plays
where report_date between $first_day and $last_day
group by report_date, store
order by report_date, store
