-- grain: day × track at one store; look-back: $first_day to $last_day
-- Plays of each suspect track at $store.
select report_date, track_id, sum(streams)::bigint as streams
from told
where store = $store and report_date between $first_day and $last_day
group by report_date, track_id
order by report_date, track_id
