-- grain: incident × day × source; look-back: $first_day to $last_day
-- Plays whose source is not reported are left out: unknown is no source.
select
    incident_tracks.incident_id,
    streams.report_date,
    streams.source,
    sum(streams.streams)::bigint as streams
from streams
inner join incident_tracks
    on streams.track_id = incident_tracks.track_id
    and streams.store = coalesce(incident_tracks.store, streams.store)
    and streams.territory = coalesce(incident_tracks.territory, streams.territory)
where streams.source is not null
    and streams.report_date between $first_day and $last_day
group by incident_tracks.incident_id, streams.report_date, streams.source
order by incident_id, report_date, source
