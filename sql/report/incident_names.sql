-- grain: incident × track; look-back: none
-- Every track of an incident, with its names where the catalogue has it.
select distinct
    incident_tracks.incident_id,
    incident_tracks.track_id,
    coalesce(
        catalog.isrc, if(contains(incident_tracks.track_id, ':'), null, incident_tracks.track_id)
    ) as isrc,
    catalog.title,
    catalog.artist,
    catalog.label,
    catalog.upc
from incident_tracks
left join catalog on incident_tracks.track_id = catalog.track_id
order by incident_id, track_id
