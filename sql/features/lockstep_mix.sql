-- grain: block × source × tier × device (block null = the whole store); look-back: 13 days
-- Where the plays of a block's tracks in its territories come from since its first day, beside those
-- of its whole store.
with places as (
    select distinct block, store, territory, first_day from block_cells
),

mine as (
    select places.block, streams.source, streams.tier, streams.device, streams.streams
    from streams
    inner join block_tracks using (track_id)
    inner join places
        on places.block = block_tracks.block
        and places.store = streams.store
        and places.territory = streams.territory
    where streams.report_date between places.first_day and $night::date
),

stores as (
    select distinct store from block_cells
)

select block, null::varchar as store, source, tier, device, sum(streams)::bigint as streams
from mine
group by block, source, tier, device
union all
select null::bigint, store, source, tier, device, sum(streams)::bigint
from store_mix
semi join stores using (store)
where report_date between $night::date - 13 and $night::date
group by store, source, tier, device
order by block, store, source, tier, device
