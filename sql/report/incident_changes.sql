-- grain: incident × store × day × kind; look-back: $first_day to $last_day
-- What reports that came late or again changed of an incident's plays, as far as the night $last_day
-- could know it. A late day (no track) is one of each incident that its store carries.
select
    incident_tracks.incident_id,
    changes.report_date,
    changes.store,
    changes.kind,
    sum(changes.streams_before)::bigint as streams_before,
    sum(changes.streams_after)::bigint as streams_after
from changes
inner join (
    select distinct
        incident_id,
        track_id
    from incident_tracks
) as incident_tracks
    on changes.track_id = incident_tracks.track_id
where changes.report_date between $first_day and $last_day
    and changes.known_on <= $last_day
group by incident_tracks.incident_id, changes.report_date, changes.store, changes.kind
union all
select distinct
    incidents.incident_id,
    changes.report_date,
    changes.store,
    changes.kind,
    null::bigint,
    null::bigint
from changes
inner join incidents
    on list_contains(string_split(coalesce(incidents.stores, ''), '|'), changes.store)
where changes.track_id is null
    and changes.report_date between $first_day and $last_day
    and changes.known_on <= $last_day
order by incident_id, report_date, store, kind
