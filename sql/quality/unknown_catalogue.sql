-- grain: day × store where too many of the tracks are in no catalogue; look-back: none
-- Without any catalogue there is nothing to compare with and nothing comes out.
with played as (
    select report_date, store, track_id from streams where report_date between $first_day and $last_day
    union
    select report_date, store, track_id from audience where report_date between $first_day and $last_day
    union
    select report_date, store, track_id from listeners where report_date between $first_day and $last_day
),

counted as (
    select
        played.report_date,
        played.store,
        count(*) as tracks,
        count(*) filter (where catalog.track_id is null) as unknown_tracks
    from played
    left join catalog on catalog.track_id = played.track_id
    group by played.report_date, played.store
)

select
    report_date,
    store,
    tracks,
    unknown_tracks,
    unknown_tracks / tracks as unknown_share
from counted
where exists (select 1 from catalog)
    and unknown_share > $most_unknown_share
order by report_date, store
