-- grain: day × store × territory × track × break-down; look-back: none
-- Where several reports of a store tell the same plays, those of one are taken.
select
    plays.report_date,
    plays.store,
    plays.territory,
    plays.track_id,
    min(plays.isrc) as isrc,
    plays.source,
    plays.tier,
    plays.device,
    plays.playlist_id,
    min(plays.playlist_name) as playlist_name,
    sum(plays.streams)::bigint as streams
from plays
inner join told
    on told.report_date = plays.report_date
    and told.store = plays.store
    and told.territory = plays.territory
    and told.part = plays.part
    and told.taken
where plays.tells_streams and plays.streams is not null
group by
    plays.report_date,
    plays.store,
    plays.territory,
    plays.track_id,
    plays.source,
    plays.tier,
    plays.device,
    plays.playlist_id
order by
    plays.report_date,
    plays.store,
    plays.territory,
    plays.track_id,
    plays.source,
    plays.tier,
    plays.device,
    plays.playlist_id
