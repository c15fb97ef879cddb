-- grain: day × store of known_day; look-back: the same weekday of 4 weeks, and the day before
-- Plays and rows against the median of what came on the same weekday; null where fewer than two such days came.
with usual as (
    select
        today.report_date,
        today.store,
        case when count(past.rows) >= 2 then median(past.rows) end as usual_rows,
        case when count(past.streams) >= 2 then median(past.streams) end as usual_streams
    from known_day as today
    left join known_day as past
        on past.store = today.store
        and date_diff('day', past.report_date, today.report_date) in (7, 14, 21, 28)
    group by today.report_date, today.store
),

compared as (
    select
        known_day.report_date,
        known_day.store,
        known_day.rows,
        known_day.streams,
        usual.usual_rows,
        usual.usual_streams,
        known_day.rows / nullif(usual.usual_rows, 0) as rows_ratio,
        known_day.streams / nullif(usual.usual_streams, 0) as streams_ratio
    from known_day
    inner join usual
        on usual.report_date = known_day.report_date and usual.store = known_day.store
)

select
    compared.*,
    case
        when yesterday.report_date is not null then yesterday.streams_ratio
        -- Nothing came for the day before, though the store had begun to report.
        when compared.report_date > min(compared.report_date) over (partition by compared.store) then 0
    end as ratio_before
from compared
left join compared as yesterday
    on yesterday.store = compared.store
    and yesterday.report_date = compared.report_date - 1
order by compared.report_date, compared.store
