-- grain: block × track × day (block null = the whole store, without track); look-back: 27 days
-- Plays and engagement of a block's tracks in its territories, beside those of its whole store.
with places as (
    select distinct block, store, territory from block_cells
),

stores as (
    select distinct store from block_cells
)

select
    places.block,
    null::varchar as store,
    plays.track_id,
    plays.report_date,
    sum(plays.streams)::bigint as streams,
    coalesce(sum(plays.saves) filter (plays.listeners is not null), 0)::bigint as saves,
    coalesce(sum(plays.listeners) filter (plays.saves is not null), 0)::bigint as saves_listeners,
    coalesce(sum(plays.sub30_plays), 0)::bigint as sub30_plays,
    coalesce(sum(plays.streams) filter (plays.sub30_plays is not null), 0)::bigint as sub30_streams
from plays
inner join block_tracks using (track_id)
inner join places
    on places.block = block_tracks.block
    and places.store = plays.store
    and places.territory = plays.territory
where plays.report_date between $night::date - 27 and $night::date
group by places.block, plays.track_id, plays.report_date
union all
select
    null::bigint,
    store,
    null::varchar,
    report_date,
    streams,
    saves,
    saves_listeners,
    sub30_plays,
    sub30_streams
from store_day
semi join stores using (store)
where report_date between $night::date - 27 and $night::date
order by block, store, track_id, report_date
