-- grain: level × entity; look-back: 14 days
-- Of the listeners of each group of `listener_groups` (level, entity, track_id, store; null = all) what
-- their plays and tracks add up to, as whole numbers. `others` counts, over a listener's tracks, the
-- other tracks of the group that the same listener played; `most_others` what it would be if each
-- played all of them.
with heard as (
    select
        store,
        listener_id,
        track_id,
        sum(streams) as streams
    from listeners
    where report_date between $night::date - 13 and $night
        and streams > 0
    group by store, listener_id, track_id
),

mine as (
    select
        listener_groups.level,
        listener_groups.entity,
        listener_groups.track_id,
        heard.store,
        heard.listener_id,
        heard.streams
    from heard
    inner join listener_groups
        on heard.track_id = listener_groups.track_id
        and heard.store = coalesce(listener_groups.store, heard.store)
),

each as (
    select
        level,
        entity,
        store,
        listener_id,
        count(*) as tracks,
        sum(streams) as streams
    from mine
    group by level, entity, store, listener_id
),

played as (
    select
        level,
        entity,
        count(distinct track_id) as tracks
    from mine
    group by level, entity
)

select
    each.level,
    each.entity,
    count(*) as listeners,
    sum(each.streams)::bigint as plays,
    sum(each.streams * each.streams)::double as plays_squares,
    sum(each.tracks * (each.tracks - 1))::bigint as others,
    sum((each.tracks * (each.tracks - 1)) ** 2)::double as others_squares,
    sum(each.tracks * (played.tracks - 1))::bigint as most_others
from each
inner join played
    on each.level = played.level
    and each.entity = played.entity
group by each.level, each.entity
order by each.level, each.entity
