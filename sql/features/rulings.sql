-- grain: store × period × track; look-back: none
-- What the stores ruled artificial, of each track; a ruling on a release counts for all its tracks.
-- `share` is the part of the plays that the store took out, null = it did not say of how many.
with ruled as (
    select
        verdicts.store, verdicts.period_start, verdicts.period_end,
        coalesce(catalog.track_id, verdicts.isrc) as entity,
        verdicts.artificial_streams, verdicts.total_streams
    from verdicts
    left join catalog on catalog.isrc = verdicts.isrc
    where verdicts.isrc is not null
    union all
    select
        verdicts.store, verdicts.period_start, verdicts.period_end,
        catalog.track_id,
        verdicts.artificial_streams, verdicts.total_streams
    from verdicts
    inner join catalog on catalog.upc = verdicts.upc
    where verdicts.isrc is null
)

select
    store,
    period_start,
    period_end,
    entity,
    case
        when count(total_streams) = count(*) and sum(total_streams) > 0
            then least(sum(artificial_streams)::double / sum(total_streams)::double, 1)
    end as share
from ruled
where artificial_streams > 0
group by store, period_start, period_end, entity
order by store, period_start, period_end, entity
