-- grain: day × store of suspect that lacks territories; look-back: the same weekday of 4 weeks
-- A territory is absent that had $least_plays plays and more on each such day that came, two at least.
with known as (
    select report_date, store, territory, sum(streams) as streams
    from arrived
    group by report_date, store, territory
    union all
    select report_date, store, territory, sum(streams) as streams
    from before
    anti join arrived_day using (report_date, store)
    group by report_date, store, territory
),

past as (
    select
        suspect.report_date,
        suspect.store,
        known.territory,
        count(*) as days,
        min(known.streams) as least_streams
    from suspect
    inner join known
        on known.store = suspect.store
        and date_diff('day', known.report_date, suspect.report_date) in (7, 14, 21, 28)
    group by suspect.report_date, suspect.store, known.territory
),

always as (
    select
        report_date,
        store,
        territory
    from past
    qualify days = max(days) over (partition by report_date, store)
        and days >= 2
        and least_streams >= $least_plays
)

select
    always.report_date,
    always.store,
    count(*) as absent_territories,
    string_agg(always.territory, ', ' order by always.territory) as territories
from always
anti join known using (report_date, store, territory)
group by always.report_date, always.store
order by always.report_date, always.store
