-- grain: incident × day × dimension × part; look-back: $first_day to $last_day
-- By source, tier and device. Plays of which one is not reported are left out of it: unknown is no part.
with told as (
    select
        incident_tracks.incident_id,
        streams.report_date,
        streams.source,
        streams.tier,
        streams.device,
        sum(streams.streams) as streams
    from streams
    inner join incident_tracks
        on streams.track_id = incident_tracks.track_id
        and streams.store = coalesce(incident_tracks.store, streams.store)
        and streams.territory = coalesce(incident_tracks.territory, streams.territory)
    where streams.report_date between $first_day and $last_day
    group by all
),

parts as (
    select incident_id, report_date, 'source' as dimension, source as part, streams from told
    union all
    select incident_id, report_date, 'tier', tier, streams from told
    union all
    select incident_id, report_date, 'device', device, streams from told
)

select
    incident_id,
    report_date,
    dimension,
    part,
    sum(streams)::bigint as streams
from parts
where part is not null
group by incident_id, report_date, dimension, part
order by incident_id, report_date, dimension, part
