-- grain: store × track × territory × source, numbered; look-back: none (the whole span)
-- Numbers are small and quick to add up by; a source that was not told is a place of its own.
with played as (
    select distinct store, track_id, territory, coalesce(source, '') as source
    from streams
    where report_date between $first_day and $last_day
)

select
    row_number() over (order by store, track_id, territory, source)::integer as place,
    store,
    track_id,
    territory,
    source
from played
