-- grain: day × store × territory × report of the store; look-back: a day before and after
-- `taken`: its plays become streams, where no report of higher precedence tells the plays of the territory. What it
-- tells of no territory (ZZ) may be the plays of any, so it `stands` only beside no better report of the day; and what
-- it counts by day of arrival may be the plays of a day beside it, which a better report tells.
with told as (
    select
        report_date,
        store,
        territory,
        part,
        precedence,
        by_arrival,
        tells_streams,
        tells_audience,
        tells_listeners,
        bool_or(streams is not null) as streams,
        bool_or(listeners is not null or (listener_id is not null and streams is not null)) as listeners,
        bool_or(saves is not null) as saves,
        bool_or(skips is not null) as skips,
        bool_or(sub30_plays is not null) as sub30_plays,
        bool_or(listening_seconds is not null) as listening_seconds,
        bool_or(shazams is not null) as shazams
    from plays
    group by
        report_date, store, territory, part, precedence, by_arrival, tells_streams, tells_audience, tells_listeners
),

ranked as (
    select
        *,
        max(precedence) filter (where streams) over (partition by report_date, store) as best,
        max(precedence) filter (where streams and tells_streams) over (
            partition by report_date, store, territory
        ) as best_there,
        max(precedence) filter (where streams and tells_streams and not by_arrival) over (
            partition by store
            order by report_date range between interval 1 day preceding and interval 1 day following
        ) as best_near
    from told
)

select
    * exclude (best, best_there, best_near),
    territory <> 'ZZ' or precedence >= coalesce(best, precedence) as stands,
    streams
    and tells_streams
    and precedence = best_there
    and (territory <> 'ZZ' or precedence >= best)
    and not (by_arrival and precedence < coalesce(best_near, precedence)) as taken
from ranked
order by report_date, store, territory, precedence desc, part
