-- grain: incident × day; look-back: $first_day to $last_day
-- What was expected of an incident's tracks by the nights themselves; unknown where it is unknown of
-- a part. Decimals, because sums of floats depend on the order of the rows.
select
    incident_parts.incident_id,
    scores.report_date,
    if(
        count(*) = count(scores.expected_low),
        sum(scores.expected_low::decimal(18, 1)), null
    )::double as expected_low,
    if(
        count(*) = count(scores.expected_streams),
        sum(scores.expected_streams::decimal(18, 1)), null
    )::double as expected_streams,
    if(
        count(*) = count(scores.expected_high),
        sum(scores.expected_high::decimal(18, 1)), null
    )::double as expected_high
from scores
inner join incident_parts
    on scores.level = incident_parts.level
    and scores.entity = incident_parts.entity
where scores.report_date between $first_day and $last_day
group by incident_parts.incident_id, scores.report_date
order by incident_id, report_date
