-- grain: store × period with a report that tells all its plays; look-back: none
-- Plays as reported for the period against the plays of its days. What two senders tell of one track in
-- one place is the same plays told twice: the one who tells most counts. A day counts by the table that
-- knows its plays best, as its latest delivery told it.
with told as (
    select
        store,
        period_start,
        period_end,
        territory,
        track_id,
        origin,
        sum(streams) as streams
    from period_streams
    where coverage is distinct from 'top'
    group by store, period_start, period_end, territory, track_id, origin
),

once as (
    select
        store,
        period_start,
        period_end,
        max(streams) as streams
    from told
    group by store, period_start, period_end, territory, track_id
),

reported as (
    select
        store,
        period_start,
        period_end,
        sum(streams)::bigint as reported_streams
    from once
    group by store, period_start, period_end
),

senders as (
    select
        store,
        period_start,
        period_end,
        string_agg(distinct origin, ', ' order by origin) as origins
    from told
    group by store, period_start, period_end
),

latest as (
    select
        report_date,
        store,
        "table",
        arg_max(streams, (loaded_at, delivery_id)) as streams
    from deliveries
    group by report_date, store, "table"
),

days as (
    select
        report_date,
        store,
        coalesce(
            max(streams) filter (where "table" = 'streams'),
            max(streams) filter (where "table" = 'audience'),
            max(streams) filter (where "table" = 'listeners')
        ) as streams
    from latest
    group by report_date, store
)

select
    reported.store,
    reported.period_start,
    reported.period_end,
    any_value(senders.origins) as origins,
    any_value(reported.reported_streams) as reported_streams,
    coalesce(sum(days.streams), 0)::bigint as daily_streams,
    (daily_streams - any_value(reported.reported_streams))::bigint as difference,
    abs(difference)
    / nullif(greatest(daily_streams, any_value(reported.reported_streams)), 0) as difference_share,
    (reported.period_end - reported.period_start + 1 - count(days.report_date))::bigint as missing_days
from reported
inner join senders using (store, period_start, period_end)
left join days
    on days.store = reported.store
    and days.report_date between reported.period_start and reported.period_end
group by reported.store, reported.period_start, reported.period_end
order by reported.store, reported.period_start, reported.period_end
