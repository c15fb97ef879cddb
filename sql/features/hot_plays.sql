-- grain: day × cell (of hot_cells) × track; look-back: none
-- The plays of the tracks in the few cells that more tracks than usual came to on some night.
select
    streams.report_date,
    hot_cells.cell,
    streams.track_id,
    sum(streams.streams)::bigint as streams
from streams
inner join hot_cells
    on hot_cells.store = streams.store
    and hot_cells.territory = streams.territory
    and hot_cells.source = coalesce(streams.source, '')
    and hot_cells.tier = coalesce(streams.tier, '')
    and hot_cells.device = coalesce(streams.device, '')
where streams.report_date between $first_day and $last_day
group by streams.report_date, hot_cells.cell, streams.track_id
order by streams.report_date, hot_cells.cell, streams.track_id
