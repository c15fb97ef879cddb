-- grain: day × track × store × territory; look-back: $first_day to $last_day
-- Where each suspect track was played. `told_by` says which report is listened to.
with told as (
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
    told.report_date,
    told.track_id,
    told.store,
    told.territory,
    sum(told.streams)::bigint as streams
from told
inner join told_by
    on told.report_date = told_by.report_date
    and told.store = told_by.store
    and told.report = told_by.report
where told.report_date between $first_day and $last_day
group by told.report_date, told.track_id, told.store, told.territory
order by report_date, track_id, store, territory
