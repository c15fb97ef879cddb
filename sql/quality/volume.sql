-- grain: day × store whose plays lie outside the band; look-back: the same weekday of 4 weeks
with judged as (
    select
        today.report_date,
        today.store,
        today.plays,
        median(past.plays) as usual_plays
    from store_day as today
    inner join store_day as past
        on past.store = today.store
        and date_diff('day', past.report_date, today.report_date) in (7, 14, 21, 28)
    where today.report_date between $first_day and $last_day
    group by today.report_date, today.store, today.plays
    having count(*) >= 2
)
select
    report_date,
    store,
    plays,
    usual_plays
from judged
where greatest(plays, usual_plays) >= $least_plays
    and (plays > usual_plays * $volume_band or plays * $volume_band < usual_plays)
order by report_date, store
