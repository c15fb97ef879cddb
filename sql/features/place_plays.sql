-- grain: place (of places); look-back: none (the plays of one day)
select
    place,
    streams
from place_day
where report_date = $day
order by place
