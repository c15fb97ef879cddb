-- grain: incident × track × day, of an incident's largest tracks; look-back: that of incident_told
-- The $most tracks with most plays in the week that ends with $day, of incidents with several tracks.
with sizes as (
    select
        incident_id,
        track_id,
        sum(if(report_date > $day::date - 7, streams, 0)) as recent,
        sum(streams) as streams
    from incident_told
    group by incident_id, track_id
),

largest as (
    select
        incident_id,
        track_id,
        row_number() over (
            partition by incident_id order by recent desc, streams desc, track_id
        ) as place
    from sizes
    qualify place <= $most and count(*) over (partition by incident_id) > 1
)

select
    incident_told.incident_id,
    largest.place,
    incident_told.track_id,
    incident_told.report_date,
    sum(incident_told.streams)::bigint as streams
from incident_told
inner join largest
    on incident_told.incident_id = largest.incident_id
    and incident_told.track_id = largest.track_id
group by
    incident_told.incident_id, largest.place, incident_told.track_id, incident_told.report_date
order by incident_id, place, report_date
