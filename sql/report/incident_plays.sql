-- grain: incident × day × store × territory; look-back: that of incident_told
select
    incident_id,
    report_date,
    store,
    territory,
    sum(streams)::bigint as streams
from incident_told
group by incident_id, report_date, store, territory
order by incident_id, report_date, store, territory
