-- grain: day × store × territory × source × tier × device; look-back: none
-- How many rows of few plays a cell has: about one for each track that is seldom played there.
-- What a report does not break down is '' there.
select
    report_date,
    store,
    territory,
    coalesce(source, '') as source,
    coalesce(tier, '') as tier,
    coalesce(device, '') as device,
    (count(*) filter (streams <= $few))::bigint as told
from streams
where report_date between $first_day and $last_day
group by report_date, store, territory, coalesce(source, ''), coalesce(tier, ''), coalesce(device, '')
order by report_date, store, territory, source, tier, device
