-- grain: day × store × territory × track; look-back: none
-- The reports of a store complete each other, a measure at a time; where two tell the same one, the higher
-- precedence is taken. Listeners are counted where they are named, else added up over cells that share nobody.
with by_listener as (
    select
        report_date,
        store,
        territory,
        track_id,
        part,
        precedence,
        listener_id,
        min(isrc) as isrc,
        sum(streams) as streams,
        sum(listeners) as listeners,
        sum(saves) as saves,
        sum(skips) as skips,
        sum(sub30_plays) as sub30_plays,
        sum(listening_seconds) as listening_seconds,
        sum(shazams) as shazams
    from plays
    where tells_audience
    group by report_date, store, territory, track_id, part, precedence, listener_id
),

by_part as (
    select
        report_date,
        store,
        territory,
        track_id,
        part,
        precedence,
        min(isrc) as isrc,
        sum(streams) as streams,
        case
            when count(listener_id) > 0 and sum(streams) is not null
                then count(listener_id) filter (where streams > 0)
            else sum(listeners)
        end as listeners,
        sum(saves) as saves,
        sum(skips) as skips,
        sum(sub30_plays) as sub30_plays,
        sum(listening_seconds) as listening_seconds,
        sum(shazams) as shazams
    from by_listener
    group by report_date, store, territory, track_id, part, precedence
)

select
    report_date,
    store,
    territory,
    track_id,
    min(isrc) as isrc,
    (arg_max(streams, (precedence, part)) filter (where streams is not null))::bigint as streams,
    (arg_max(listeners, (precedence, part)) filter (where listeners is not null))::bigint as listeners,
    (arg_max(saves, (precedence, part)) filter (where saves is not null))::bigint as saves,
    (arg_max(skips, (precedence, part)) filter (where skips is not null))::bigint as skips,
    (arg_max(sub30_plays, (precedence, part)) filter (where sub30_plays is not null))::bigint as sub30_plays,
    (arg_max(listening_seconds, (precedence, part)) filter (where listening_seconds is not null))::bigint
        as listening_seconds,
    (arg_max(shazams, (precedence, part)) filter (where shazams is not null))::bigint as shazams
from by_part
group by report_date, store, territory, track_id
order by report_date, store, territory, track_id
