-- grain: night × day × store × table that came or was to be expected; look-back: 42 days
-- A night looks at the 28 days that end with it, and sees no delivery of a later day. Expected is what
-- came on most of the 14 days before; late is what came after a later day had come.
with days as (
    select
        report_date,
        store,
        "table",
        min(loaded_at) as first_loaded,
        arg_min(streams, (loaded_at, delivery_id)) as first_streams,
        arg_max(streams, (loaded_at, delivery_id)) as streams,
        arg_max(rows, (loaded_at, delivery_id)) as rows,
        arg_max(quarantined, (loaded_at, delivery_id)) as quarantined,
        arg_max(coalesce("partial", false), (loaded_at, delivery_id)) as "partial",
        bool_or(coalesce(restated, false)) as restated
    from deliveries
    where report_date between $first_day::date - 42 and $last_day
    group by report_date, store, "table"
),

calendar as (
    select day::date as report_date
    from generate_series(
        $first_day::timestamp - interval 28 day, $last_day::timestamp, interval 1 day
    ) as calendar (day)
),

expected as (
    select
        calendar.report_date,
        past.store,
        past."table"
    from calendar
    inner join days as past
        on past.report_date between calendar.report_date - 14 and calendar.report_date - 1
    group by calendar.report_date, past.store, past."table"
    having count(*) > $most_of_14_days
),

known as (
    select
        coalesce(days.report_date, expected.report_date) as report_date,
        coalesce(days.store, expected.store) as store,
        coalesce(days."table", expected."table") as "table",
        days.report_date is null as missing,
        days.* exclude (report_date, store, "table")
    from days
    full join expected
        on expected.report_date = days.report_date
        and expected.store = days.store
        and expected."table" = days."table"
)

select
    nights.report_date as night,
    known.report_date,
    known.store,
    known."table",
    known.missing,
    coalesce(known.first_loaded > min(known.first_loaded) over later, false) as late,
    coalesce(known."partial", false) as "partial",
    coalesce(known.restated, false) as restated,
    known.rows,
    known.quarantined,
    known.first_streams,
    known.streams
from calendar as nights
inner join known
    on known.report_date between nights.report_date - 27 and nights.report_date
where nights.report_date >= $first_day
window later as (
    partition by nights.report_date, known.store, known."table"
    order by known.report_date
    rows between 1 following and unbounded following
)
order by night, known.report_date, known.store, known."table"
