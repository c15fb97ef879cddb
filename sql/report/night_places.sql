-- grain: day × track × store × territory; look-back: $first_day to $last_day
-- Where each suspect track was played.
select report_date, track_id, store, territory, streams
from told
where report_date between $first_day and $last_day
order by report_date, track_id, store, territory
