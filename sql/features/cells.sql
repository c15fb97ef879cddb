-- grain: track × store × territory of one day, for the tracks in `suspects`; look-back: 35 days
-- Beside the plays of the day the mean of the four weeks that end eight days before; null = the track
-- was not played at the store in those weeks at all.
with usual as (
    select store, track_id, territory, sum(streams) / 28.0 as usual_streams
    from plays
    semi join suspects using (track_id)
    where report_date between $day - 35 and $day - 8
    group by store, track_id, territory
),
told as (
    select distinct store, track_id from usual
)
select
    today.report_date,
    today.store,
    today.track_id,
    today.territory,
    today.streams,
    case when told.store is not null then coalesce(usual.usual_streams, 0) end as usual_streams
from plays as today
semi join suspects using (track_id)
left join usual using (store, track_id, territory)
left join told using (store, track_id)
where today.report_date = $day
order by today.store, today.track_id, today.territory
