-- grain: store × territory × source × track played there twice or more in two weeks; look-back: 55 days
-- Beside the plays of the last two weeks those of the four weeks up to four weeks ago, or, where no
-- report is so old, of the two weeks between; both also of the whole track at the store, and the
-- cell's part of all the store's plays, now or before, whichever is less: bought plays are in it now.
with counted as (
    select
        place,
        coalesce(sum(streams) filter (report_date > $night::date - 14), 0)::bigint as recent,
        coalesce(
            sum(streams) filter (report_date between $night::date - 27 and $night::date - 14), 0
        )::bigint as middle,
        coalesce(sum(streams) filter (report_date < $night::date - 27), 0)::bigint as early
    from place_day
    where report_date between $night::date - 55 and $night::date
    group by place
),

told as (
    select count(distinct report_date) filter (report_date < $night::date - 27) as early_days
    from place_day
    where report_date between $night::date - 55 and $night::date
),

measured as (
    select
        place,
        recent,
        case
            when early_days < 14 then middle::double
            else early * 14 / early_days
        end as usual
    from counted
    cross join told
),

placed as (
    select store, track_id, territory, source, recent, usual
    from measured
    inner join places using (place)
),

shared as (
    select
        *,
        sum(recent) over (partition by store, track_id)::bigint as track_recent,
        sum(usual) over (partition by store, track_id) as track_usual,
        least(
            sum(recent) over (partition by store, territory, source)
            / sum(recent) over (partition by store)::double,
            sum(usual) over (partition by store, territory, source)
            / nullif(sum(usual) over (partition by store), 0)
        ) as cell_share
    from placed
)

select store, track_id, territory, source, recent, usual, track_recent, track_usual, cell_share
from shared
where recent >= 2
order by store, track_id, territory, source
