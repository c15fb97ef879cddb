-- grain: incident × day × store × territory × track; look-back: $first_day to $last_day
-- `incident_tracks` says whose plays are whose: an incident, a track, and, where only a place is
-- suspect, a store and a territory.
select
    incident_tracks.incident_id,
    told.report_date,
    told.store,
    told.territory,
    told.track_id,
    told.streams
from told
inner join incident_tracks
    on told.track_id = incident_tracks.track_id
    and told.store = coalesce(incident_tracks.store, told.store)
    and told.territory = coalesce(incident_tracks.territory, told.territory)
where told.report_date between $first_day and $last_day
order by incident_id, report_date, store, territory, track_id
