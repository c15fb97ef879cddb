-- grain: store; look-back: $first_day to $last_day
-- The catalogue's plays at one store. `told_by` says which report is listened to.
select
    sum(told.streams)::bigint as streams,
    count(distinct told.report_date) as days
from (
    select report_date, store, streams, 'audience' as report from audience
    union all
    select report_date, store, streams, 'streams' from streams
    union all
    select report_date, store, streams, 'listeners' from listeners
) as told
inner join told_by
    on told.report_date = told_by.report_date
    and told.store = told_by.store
    and told.report = told_by.report
where told.store = $store
    and told.report_date between $first_day and $last_day
