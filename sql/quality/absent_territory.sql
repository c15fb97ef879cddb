-- grain: day × store of suspect that lacks territories; look-back: the same weekday of 4 weeks
-- Of the territories of each such day that came (two at least), those are absent that never had less than $least_plays plays,
-- and cut that never had less than $least_cut_plays and now less than $least_left_share of their least plays and rows.
with known as (
    select report_date, store, territory, sum(streams) as streams, count(*) as row_count
    from arrived
    group by report_date, store, territory
    union all
    select report_date, store, territory, sum(streams) as streams, count(*) as row_count
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
        min(known.streams) as least_streams,
        min(known.row_count) as least_rows
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
        territory,
        least_streams,
        least_rows
    from past
    qualify days = max(days) over (partition by report_date, store)
        and days >= 2
        and least_streams >= least($least_plays, $least_cut_plays)
),

compared as (
    select
        always.*,
        known.streams,
        known.territory is null and always.least_streams >= $least_plays as is_absent,
        known.streams > 0
        and always.least_streams >= $least_cut_plays
        and known.streams < $least_left_share * always.least_streams
        and known.row_count < $least_left_share * always.least_rows as is_cut
    from always
    left join known using (report_date, store, territory)
)

select
    report_date,
    store,
    count(*) filter (where is_absent) as absent_territories,
    string_agg(territory, ', ' order by territory) filter (where is_absent) as territories,
    count(*) filter (where least_streams >= $least_cut_plays) as large_territories,
    count(*) filter (where is_cut) as cut_territories,
    string_agg(
        territory || ' (' || streams || ' plays, never less than ' || least_streams || ')', ', '
        order by territory
    ) filter (where is_cut) as cut_ones
from compared
group by report_date, store
having bool_or(is_absent) or bool_or(is_cut)
order by report_date, store
