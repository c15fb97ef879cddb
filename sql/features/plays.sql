-- grain: day × store × territory × track; look-back: none (each row is made of its own day)
-- A day × store is told by the audience report where there is one, else by the streams, else by the
-- listeners: reports of the same plays are never added up. What a report does not say stays null.
with told as (
    select distinct report_date, store, 1 as source from audience
    union all
    select distinct report_date, store, 2 from streams
    union all
    select distinct report_date, store, 3 from listeners
),
best as (
    select report_date, store, min(source) as source
    from told
    group by report_date, store
),
told_plays as (
    select
        report_date, store, territory, track_id, 1 as source,
        streams, listeners, saves, skips, sub30_plays, listening_seconds, shazams
    from audience
    union all
    select
        report_date, store, territory, track_id, 2,
        sum(streams)::bigint, null, null, null, null, null, null
    from streams
    group by report_date, store, territory, track_id
    union all
    select
        report_date, store, territory, track_id, 3,
        sum(streams)::bigint, count(distinct listener_id), null, null, null,
        sum(listening_seconds)::bigint, null
    from listeners
    group by report_date, store, territory, track_id
)
select
    report_date, store, territory, track_id,
    streams, listeners, saves, skips, sub30_plays, listening_seconds, shazams
from told_plays
semi join best using (report_date, store, source)
where report_date between $first_day and $last_day
