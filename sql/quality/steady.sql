-- grain: day × store of suspect; look-back: the same weekday of 4 weeks
-- What became of the steady cells: track × territory that was played on each such day that came (two at least)
-- at $least_plays plays and more. `arrived` counts before what the lake holds of its days (`before`).
with known as (
    select report_date, store, territory, track_id, streams from arrived
    union all
    select report_date, store, territory, track_id, streams
    from before
    anti join arrived_day using (report_date, store)
),

cells as (
    select
        suspect.report_date as judged_date,
        known.report_date,
        known.store,
        known.territory,
        known.track_id,
        sum(known.streams) as streams
    from suspect
    inner join known
        on known.store = suspect.store
        and date_diff('day', known.report_date, suspect.report_date) in (0, 7, 14, 21, 28)
    group by suspect.report_date, known.report_date, known.store, known.territory, known.track_id
),

past as (
    select judged_date, store, count(distinct report_date) as past_days
    from cells
    where report_date < judged_date
    group by judged_date, store
),

steady as (
    select
        cells.judged_date,
        cells.store,
        cells.territory,
        cells.track_id,
        avg(cells.streams) as usual_streams
    from cells
    inner join past
        on past.judged_date = cells.judged_date and past.store = cells.store
    where cells.report_date < cells.judged_date
    group by cells.judged_date, cells.store, cells.territory, cells.track_id, past.past_days
    having count(*) = past.past_days and past.past_days >= 2 and avg(cells.streams) >= $least_plays
)

select
    steady.judged_date as report_date,
    steady.store,
    count(*) as steady_cells,
    count(*) filter (where coalesce(today.streams, 0) = 0) as absent_cells,
    count(*) filter (
        where today.streams between 1.5 * steady.usual_streams and 3 * steady.usual_streams
    ) as doubled_cells
from steady
left join cells as today
    on today.judged_date = steady.judged_date
    and today.report_date = steady.judged_date
    and today.store = steady.store
    and today.territory = steady.territory
    and today.track_id = steady.track_id
group by steady.judged_date, steady.store
order by report_date, steady.store
