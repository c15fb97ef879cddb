-- grain: day × store that reported on most of the 14 days before but not on the day; look-back: 14 days
-- A day on which no store reported anything is left to the check of empty days.
with judged as (
    select distinct report_date
    from store_day
    where report_date between $first_day and $last_day
)
select
    judged.report_date,
    past.store,
    count(*) as days_before
from judged
inner join store_day as past
    on past.report_date between judged.report_date - 14 and judged.report_date - 1
where not exists (
    select 1
    from store_day as today
    where today.report_date = judged.report_date and today.store = past.store
)
group by judged.report_date, past.store
having count(*) > $most_of_14_days
order by judged.report_date, past.store
