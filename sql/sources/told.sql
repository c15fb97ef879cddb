-- grain: day × store × report of the store; look-back: none
select
    report_date,
    store,
    part,
    precedence,
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
group by report_date, store, part, precedence, tells_streams, tells_audience, tells_listeners
order by report_date, store, precedence desc, part
