-- grain: incident × row of the scores (level, entity); look-back: none ($day alone)
-- The rows whose expectations add up to an incident's: a group's own row where the whole group is
-- suspect, that is where the incident has all of the group's plays, else its tracks or its places.
with whole as (
    select incidents.incident_id, incidents.level, incidents.entity
    from incidents
    inner join scores on incidents.level = scores.level and incidents.entity = scores.entity
    where incidents.report_date = $day
        and scores.report_date = $day
        and incidents.level not in ('track', 'territory')
        and incidents.streams = scores.streams
)
select incident_id, level, entity
from whole
union all
select
    incident_id,
    if(store is null, 'track', 'territory'),
    concat_ws('|', track_id, store, territory)
from incident_tracks
where incident_id not in (select incident_id from whole)
order by incident_id, level, entity
