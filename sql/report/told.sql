-- grain: day × store × territory × track; look-back: that of `told_by`
-- Plays of the suspect tracks, from the report of a store's day that is listened to (`told_by`): the
-- others tell of the same plays.
with reported as (
    select report_date, store, territory, track_id, streams, 'audience' as report
    from audience
    where track_id in (select track_id from suspect_tracks)
    union all
    select report_date, store, territory, track_id, streams, 'streams'
    from streams
    where track_id in (select track_id from suspect_tracks)
    union all
    select report_date, store, territory, track_id, streams, 'listeners'
    from listeners
    where track_id in (select track_id from suspect_tracks)
)
select
    reported.report_date,
    reported.store,
    reported.territory,
    reported.track_id,
    sum(reported.streams)::bigint as streams
from reported
inner join told_by
    on reported.report_date = told_by.report_date
    and reported.store = told_by.store
    and reported.report = told_by.report
group by reported.report_date, reported.store, reported.territory, reported.track_id
