-- grain: day × store with rows that count more listeners than plays; look-back: none
select
    report_date,
    store,
    count(*) as rows_at_fault,
    arg_min(track_id, (track_id, territory)) as example_track_id,
    arg_min(territory, (track_id, territory)) as example_territory,
    arg_min(streams, (track_id, territory)) as example_streams,
    arg_min(listeners, (track_id, territory)) as example_listeners
from audience
where report_date between $first_day and $last_day
    and listeners > streams
group by report_date, store
order by report_date, store
