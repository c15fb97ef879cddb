-- grain: play, or count of plays, as delivered; look-back: none
-- A track without ISRC is named by the store's look-up, a listener's tier and country by the same day's accounts.
select
    delivered.report_date,
    delivered.store,
    delivered.territory,
    coalesce(delivered.isrc, track_ids.isrc, delivered.track_id) as track_id,
    coalesce(delivered.isrc, track_ids.isrc) as isrc,
    delivered.source,
    coalesce(delivered.tier, people.tier) as tier,
    delivered.device,
    delivered.playlist_id,
    delivered.playlist_name,
    delivered.listener_id,
    coalesce(delivered.listener_territory, people.listener_territory) as listener_territory,
    delivered.streams,
    delivered.listeners,
    delivered.saves,
    delivered.skips,
    delivered.sub30_plays,
    delivered.listening_seconds,
    delivered.shazams,
    parts.part,
    parts.precedence,
    parts.by_arrival,
    parts.tells_streams,
    parts.tells_audience,
    parts.tells_listeners
from delivered
inner join parts on parts.file = delivered.filename
left join track_ids
    on delivered.isrc is null
    and track_ids.store = delivered.store
    and track_ids.store || ':' || track_ids.store_track_id = delivered.track_id
left join people
    on people.store = delivered.store
    and people.listener_id = delivered.listener_id
