-- grain: incident × day × store × territory × track; look-back: $first_day to $last_day
-- `incident_tracks` says whose plays are whose: an incident, a track, and, where only a place is
-- suspect, a store and a territory. `told_by` says which report is listened to.
with told as (
    select report_date, store, territory, track_id, streams, 'audience' as report
    from audience
    where track_id in (select track_id from incident_tracks)
    union all
    select report_date, store, territory, track_id, streams, 'streams'
    from streams
    where track_id in (select track_id from incident_tracks)
    union all
    select report_date, store, territory, track_id, streams, 'listeners'
    from listeners
    where track_id in (select track_id from incident_tracks)
)
select
    incident_tracks.incident_id,
    told.report_date,
    told.store,
    told.territory,
    told.track_id,
    sum(told.streams)::bigint as streams
from told
inner join told_by
    on told.report_date = told_by.report_date
    and told.store = told_by.store
    and told.report = told_by.report
inner join incident_tracks
    on told.track_id = incident_tracks.track_id
    and told.store = coalesce(incident_tracks.store, told.store)
    and told.territory = coalesce(incident_tracks.territory, told.territory)
where told.report_date between $first_day and $last_day
group by
    incident_tracks.incident_id, told.report_date, told.store, told.territory, told.track_id
order by incident_id, report_date, store, territory, track_id
