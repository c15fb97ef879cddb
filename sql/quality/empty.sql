-- grain: day on which no store reported anything; look-back: none
select judged.day::date as report_date
from generate_series($first_day::timestamp, $last_day::timestamp, interval 1 day) as judged (day)
where not exists (select 1 from store_day where store_day.report_date = judged.day::date)
order by report_date
