-- grain: incident × day; look-back: $first_day to $last_day
-- Plays and listeners of the reports that tell both. Who listens in two places, or to two tracks, is
-- two listeners here: nobody can add people up.
select
    incident_tracks.incident_id,
    audience.report_date,
    sum(audience.streams)::bigint as streams,
    sum(audience.listeners)::bigint as listeners
from audience
inner join incident_tracks
    on audience.track_id = incident_tracks.track_id
    and audience.store = coalesce(incident_tracks.store, audience.store)
    and audience.territory = coalesce(incident_tracks.territory, audience.territory)
where audience.report_date between $first_day and $last_day
    and audience.listeners > 0
    and audience.streams is not null
group by incident_tracks.incident_id, audience.report_date
order by incident_id, report_date
