-- grain: track × store × territory × tier; look-back: none ($day alone)
-- Plays of the suspect tracks by the plan that paid for them, unknown where it is.
select
    track_id,
    store,
    territory,
    tier,
    sum(streams)::bigint as streams
from streams
where report_date = $day
    and track_id in (select track_id from suspect_tracks)
group by track_id, store, territory, tier
order by track_id, store, territory, tier
