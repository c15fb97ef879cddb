-- grain: day × store × territory × track; look-back: none
-- The reports of a store complete each other, a measure at a time; where two tell the same one of a territory, the
-- higher precedence is taken. Listeners are counted where they are named, else added up over cells that share nobody;
-- where the store hides all that a cell would tell, their sum is not known.
with by_listener as (
    select
        report_date,
        store,
        territory,
        track_id,
        part,
        listener_id,
        min(isrc) as isrc,
        sum(streams) as streams,
        case
            when
                bool_and(
                    coalesce(listeners, streams, saves, skips, sub30_plays, listening_seconds, shazams) is not null
                )
                then sum(listeners)
        end as listeners,
        sum(saves) as saves,
        sum(skips) as skips,
        sum(sub30_plays) as sub30_plays,
        sum(listening_seconds) as listening_seconds,
        sum(shazams) as shazams
    from plays
    where tells_audience
    group by report_date, store, territory, track_id, part, listener_id
),

by_part as (
    select
        report_date,
        store,
        territory,
        track_id,
        part,
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
    group by report_date, store, territory, track_id, part
),

best as (
    select
        report_date,
        store,
        territory,
        arg_max(part, (precedence, part)) filter (where streams and stands) as streams,
        arg_max(part, (precedence, part)) filter (where listeners) as listeners,
        arg_max(part, (precedence, part)) filter (where saves) as saves,
        arg_max(part, (precedence, part)) filter (where skips) as skips,
        arg_max(part, (precedence, part)) filter (where sub30_plays) as sub30_plays,
        arg_max(part, (precedence, part)) filter (where listening_seconds) as listening_seconds,
        arg_max(part, (precedence, part)) filter (where shazams) as shazams
    from told
    where tells_audience
    group by report_date, store, territory
),

completed as (
    select
        by_part.report_date,
        by_part.store,
        by_part.territory,
        by_part.track_id,
        min(by_part.isrc) as isrc,
        (sum(by_part.streams) filter (where by_part.part = best.streams))::bigint as streams,
        (sum(by_part.listeners) filter (where by_part.part = best.listeners))::bigint as listeners,
        (sum(by_part.saves) filter (where by_part.part = best.saves))::bigint as saves,
        (sum(by_part.skips) filter (where by_part.part = best.skips))::bigint as skips,
        (sum(by_part.sub30_plays) filter (where by_part.part = best.sub30_plays))::bigint as sub30_plays,
        (sum(by_part.listening_seconds) filter (where by_part.part = best.listening_seconds))::bigint
            as listening_seconds,
        (sum(by_part.shazams) filter (where by_part.part = best.shazams))::bigint as shazams
    from by_part
    inner join best
        on best.report_date = by_part.report_date
        and best.store = by_part.store
        and best.territory = by_part.territory
    group by by_part.report_date, by_part.store, by_part.territory, by_part.track_id
)

select *
from completed
where coalesce(streams, listeners, saves, skips, sub30_plays, listening_seconds, shazams) is not null
order by report_date, store, territory, track_id
