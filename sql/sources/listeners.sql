-- grain: day × store × territory × track × listener × plan × device; look-back: none
select
    report_date,
    store,
    territory,
    track_id,
    min(isrc) as isrc,
    listener_id,
    sum(streams)::bigint as streams,
    case when count(*) = count(listening_seconds) then sum(listening_seconds)::bigint end as listening_seconds,
    listener_territory,
    tier,
    device
from plays
where tells_listeners and listener_id is not null and streams > 0
group by report_date, store, territory, track_id, listener_id, listener_territory, tier, device
order by report_date, store, territory, track_id, listener_id, listener_territory, tier, device
