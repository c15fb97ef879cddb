-- grain: store × territory × tier × currency (* = all together); look-back: each store's latest period
-- What a play was paid in the latest period of each store that had begun by $day: for a place and a plan,
-- for a place, and for the store as a whole. Decimals, because sums of floats depend on the order of rows.
with known as (
    select
        store,
        territory,
        coalesce(tier, '') as tier,
        currency,
        period_start,
        period_end,
        streams,
        amount::decimal(28, 10) as amount
    from royalties
    where period_start <= $day::date
    qualify period_end = max(period_end) over (partition by store)
)

select
    store,
    if(grouping(territory) = 1, '*', territory) as territory,
    if(grouping(tier) = 1, '*', nullif(tier, '')) as tier,
    currency,
    min(period_start) as period_start,
    max(period_end) as period_end,
    sum(streams)::bigint as streams,
    sum(amount)::double as amount,
    (sum(amount) / sum(streams))::double as pay_per_stream
from known
group by grouping sets (
    (store, currency), (store, territory, currency), (store, territory, tier, currency)
)
having sum(streams) > 0
order by store, territory, tier nulls first, currency
