-- grain: report_date × store × track (null = all of the store's) × kind × known_on; look-back: $first_day to $last_day
-- What reports of the span said later or otherwise than first. `known_on` is the newest day that had
-- come when they did: the first night that could know. Of several reports of the same plays the
-- audience's counts, then the streams', then the listeners'.
with arrivals as (
    select
        report_date,
        store,
        "table",
        min(loaded_at) as first_loaded
    from deliveries
    group by report_date, store, "table"
),

restated as (
    select
        restatements.report_date,
        restatements.store,
        restatements.track_id,
        restatements."table",
        restatements.streams_before,
        restatements.streams_after,
        deliveries.loaded_at,
        (
            select max(arrivals.report_date)
            from arrivals
            where arrivals.first_loaded <= deliveries.loaded_at
        ) as known_on
    from restatements
    inner join deliveries
        on deliveries.delivery_id = restatements.delivery_id
        and deliveries.report_date = restatements.report_date
        and deliveries.store = restatements.store
        and deliveries."table" = restatements."table"
    where restatements.report_date between $first_day and $last_day
),

by_table as (
    select
        report_date,
        store,
        track_id,
        'restated' as kind,
        arg_min(streams_before, loaded_at) as streams_before,
        arg_max(streams_after, loaded_at) as streams_after,
        known_on,
        "table"
    from restated
    group by report_date, store, track_id, known_on, "table"
    qualify row_number() over (
        partition by report_date, store, track_id, known_on
        order by list_position(['audience', 'streams', 'listeners'], "table")
    ) = 1
),

late as (
    select
        late.report_date,
        late.store,
        min(late.first_loaded) as first_loaded
    from arrivals as late
    where late.report_date between $first_day and $last_day
    group by late.report_date, late.store
    having min(late.first_loaded) > (
        select min(later.first_loaded)
        from arrivals as later
        where later.store = late.store and later.report_date > late.report_date
    )
)

select
    report_date,
    store,
    track_id,
    kind,
    streams_before,
    streams_after,
    known_on
from by_table
union all
select
    report_date,
    store,
    null,
    'late',
    null,
    null,
    (
        select max(arrivals.report_date)
        from arrivals
        where arrivals.first_loaded <= late.first_loaded
    )
from late
order by report_date, store, track_id, kind, known_on
