-- grain: day × store × track whose plays a store took back; look-back: none
-- Evidence about the day of the plays, whenever it came. Tables of one store tell of the same plays: the most counts.
with taken_back as (
    select
        report_date,
        store,
        track_id,
        "table",
        sum(streams_before - coalesce(streams_after, 0)) as purged_streams
    from restatements
    where report_date between $first_day and $last_day
        and streams_before > coalesce(streams_after, 0)
    group by report_date, store, track_id, "table"
)

select
    report_date,
    store,
    track_id,
    max(purged_streams)::bigint as purged_streams
from taken_back
group by report_date, store, track_id
order by report_date, store, track_id
