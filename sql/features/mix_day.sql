-- grain: day × store × entity, and day × entity over all stores (store = '*'); look-back: none
-- The mixes of the tracks (`mix`), added up over the tracks that count for an entity (`members`).
select
    report_date,
    coalesce(store, '*') as store,
    entity,
    sum(source_search)::bigint as source_search,
    sum(source_library)::bigint as source_library,
    sum(source_artist_page)::bigint as source_artist_page,
    sum(source_album)::bigint as source_album,
    sum(source_editorial_playlist)::bigint as source_editorial_playlist,
    sum(source_algorithmic)::bigint as source_algorithmic,
    sum(source_user_playlist)::bigint as source_user_playlist,
    sum(source_radio)::bigint as source_radio,
    sum(source_other)::bigint as source_other,
    sum(tier_premium)::bigint as tier_premium,
    sum(tier_family)::bigint as tier_family,
    sum(tier_student)::bigint as tier_student,
    sum(tier_trial)::bigint as tier_trial,
    sum(tier_free)::bigint as tier_free,
    sum(tier_other)::bigint as tier_other,
    sum(device_mobile)::bigint as device_mobile,
    sum(device_tablet)::bigint as device_tablet,
    sum(device_desktop)::bigint as device_desktop,
    sum(device_web)::bigint as device_web,
    sum(device_speaker)::bigint as device_speaker,
    sum(device_tv)::bigint as device_tv,
    sum(device_car)::bigint as device_car,
    sum(device_console)::bigint as device_console,
    sum(device_wearable)::bigint as device_wearable,
    sum(device_other)::bigint as device_other
from mix
inner join members using (track_id)
where report_date between $first_day and $last_day
group by grouping sets ((report_date, store, entity), (report_date, entity))
order by report_date, store, entity
