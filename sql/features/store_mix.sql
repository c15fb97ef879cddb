-- grain: day × store × source × tier × device; look-back: none
-- Where all plays of a store come from.
select
    report_date,
    store,
    source,
    tier,
    device,
    sum(streams)::bigint as streams
from streams
where report_date between $first_day and $last_day
group by report_date, store, source, tier, device
order by report_date, store, source, tier, device
