-- grain: day × store of suspect; look-back: none
-- Rows that say the same as another row of the day. Rows of one play are left out: plays are alike.
with alike as (
    select
        arrived.*,
        count(*) as times
    from arrived
    semi join suspect using (report_date, store)
    where arrived.streams >= 2
    group by all
)

select
    report_date,
    store,
    sum(times)::bigint as rows,
    sum(times - 1)::bigint as repeated_rows
from alike
group by report_date, store
order by report_date, store
