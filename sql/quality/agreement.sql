-- grain: day × store whose two tables disagree on the plays; look-back: none
select
    report_date,
    store,
    streams_plays,
    audience_plays,
    abs(streams_plays - audience_plays) / greatest(streams_plays, audience_plays) as apart_share
from store_day
where report_date between $first_day and $last_day
    and greatest(streams_plays, audience_plays) > 0
    and apart_share > $most_apart_share
order by report_date, store
