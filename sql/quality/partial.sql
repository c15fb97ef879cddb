-- grain: day × store × table whose latest delivery ended early; look-back: none
with latest as (
    select
        report_date,
        store,
        "table",
        "partial",
        rows,
        files,
        row_number() over (
            partition by report_date, store, "table"
            order by loaded_at desc, delivery_id desc
        ) as age
    from deliveries
    where report_date between $first_day and $last_day
)
select report_date, store, "table", rows, files
from latest
where age = 1 and "partial"
order by report_date, store, "table"
