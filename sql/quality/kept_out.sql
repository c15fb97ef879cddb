-- grain: day × store × table of which the gate keeps the latest delivery out; look-back: none
-- `stands`: an earlier delivery of the day is in the lake. What was let in later is not kept out.
with latest as (
    select
        report_date,
        store,
        "table",
        judged_at,
        string_agg(message, '; ' order by "check") as why
    from findings
    where verdict = 'failed' and report_date between $first_day and $last_day
    group by report_date, store, "table", judged_at
    qualify judged_at = max(judged_at) over (partition by report_date, store, "table")
)

select
    latest.report_date,
    latest.store,
    latest."table",
    latest.why,
    exists (
        select 1
        from deliveries
        where deliveries.report_date = latest.report_date
            and deliveries.store = latest.store
            and deliveries."table" = latest."table"
    ) as stands
from latest
where not exists (
    select 1
    from deliveries
    where deliveries.report_date = latest.report_date
        and deliveries.store = latest.store
        and deliveries."table" = latest."table"
        and deliveries.loaded_at >= latest.judged_at
)
order by latest.report_date, latest.store, latest."table"
