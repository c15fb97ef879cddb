-- grain: day × store × territory × track × break-down; look-back: none
-- Where several reports of a store tell the same plays, those of the highest precedence are taken.
with told as (
    select
        *,
        max(precedence) over (partition by report_date, store) as best
    from plays
    where tells_streams and streams is not null
)

select
    report_date,
    store,
    territory,
    track_id,
    min(isrc) as isrc,
    source,
    tier,
    device,
    playlist_id,
    min(playlist_name) as playlist_name,
    sum(streams)::bigint as streams
from told
where precedence = best
group by report_date, store, territory, track_id, source, tier, device, playlist_id
order by report_date, store, territory, track_id, source, tier, device, playlist_id
