-- grain: incident × known cause; look-back: $first_day to $last_day
-- The known innocent causes that may be seen in an incident's plays: those of one of its tracks, or of
-- all tracks, where they name no store or territory or one that carries the incident.
with named as (
    select
        incident_tracks.incident_id,
        coalesce(catalog.isrc, incident_tracks.track_id) as isrc,
        catalog.upc,
        catalog.artist,
        catalog.label
    from incident_tracks
    left join catalog on incident_tracks.track_id = catalog.track_id
)

select distinct
    named.incident_id,
    context.start_date,
    context.end_date,
    context.kind,
    context.note
from context
inner join named
    on coalesce(context.isrc = named.isrc, context.isrc is null)
    and coalesce(context.upc = named.upc, context.upc is null)
    and coalesce(context.artist = named.artist, context.artist is null)
    and coalesce(context.label = named.label, context.label is null)
inner join incidents on named.incident_id = incidents.incident_id
where context.start_date <= $last_day
    and context.end_date >= $first_day
    and (
        context.store is null
        or list_contains(string_split(coalesce(incidents.stores, ''), '|'), context.store)
    )
    and (
        context.territory is null
        or list_contains(string_split(coalesce(incidents.territories, ''), '|'), context.territory)
    )
order by incident_id, start_date, end_date, kind, note
