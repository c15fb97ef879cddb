-- grain: track × night; look-back: $first_day to $last_day
-- Plays of each suspect track and those above what people explain, of the nights on which it alerted.
select
    track_id,
    report_date,
    sum(streams)::bigint as streams,
    sum(if(score >= $alert_score, suspected_artificial_streams, 0))::bigint as suspected
from scores
where level = 'track'
    and report_date between $first_day and $last_day
    and track_id in (select track_id from suspect_tracks)
group by track_id, report_date
order by track_id, report_date
