-- grain: day × store × track; look-back: none
-- Plays by where they started, on which plan and on which device; a dimension that a report does
-- not break down counts nowhere.
select
    report_date,
    store,
    track_id,
    coalesce(sum(streams) filter (source = 'search'), 0)::bigint as source_search,
    coalesce(sum(streams) filter (source = 'library'), 0)::bigint as source_library,
    coalesce(sum(streams) filter (source = 'artist_page'), 0)::bigint as source_artist_page,
    coalesce(sum(streams) filter (source = 'album'), 0)::bigint as source_album,
    coalesce(sum(streams) filter (source = 'editorial_playlist'), 0)::bigint as source_editorial_playlist,
    coalesce(sum(streams) filter (source = 'algorithmic'), 0)::bigint as source_algorithmic,
    coalesce(sum(streams) filter (source = 'user_playlist'), 0)::bigint as source_user_playlist,
    coalesce(sum(streams) filter (source = 'radio'), 0)::bigint as source_radio,
    coalesce(sum(streams) filter (source = 'other'), 0)::bigint as source_other,
    coalesce(sum(streams) filter (tier = 'premium'), 0)::bigint as tier_premium,
    coalesce(sum(streams) filter (tier = 'family'), 0)::bigint as tier_family,
    coalesce(sum(streams) filter (tier = 'student'), 0)::bigint as tier_student,
    coalesce(sum(streams) filter (tier = 'trial'), 0)::bigint as tier_trial,
    coalesce(sum(streams) filter (tier = 'free'), 0)::bigint as tier_free,
    coalesce(sum(streams) filter (tier = 'other'), 0)::bigint as tier_other,
    coalesce(sum(streams) filter (device = 'mobile'), 0)::bigint as device_mobile,
    coalesce(sum(streams) filter (device = 'tablet'), 0)::bigint as device_tablet,
    coalesce(sum(streams) filter (device = 'desktop'), 0)::bigint as device_desktop,
    coalesce(sum(streams) filter (device = 'web'), 0)::bigint as device_web,
    coalesce(sum(streams) filter (device = 'speaker'), 0)::bigint as device_speaker,
    coalesce(sum(streams) filter (device = 'tv'), 0)::bigint as device_tv,
    coalesce(sum(streams) filter (device = 'car'), 0)::bigint as device_car,
    coalesce(sum(streams) filter (device = 'console'), 0)::bigint as device_console,
    coalesce(sum(streams) filter (device = 'wearable'), 0)::bigint as device_wearable,
    coalesce(sum(streams) filter (device = 'other'), 0)::bigint as device_other
from streams
where report_date between $first_day and $last_day
group by report_date, store, track_id
order by report_date, store, track_id
