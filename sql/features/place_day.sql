-- grain: day × place (of places); look-back: none
-- In the order of the days: one of them is then read without the others.
select
    streams.report_date,
    places.place,
    sum(streams.streams)::bigint as streams
from streams
inner join places
    on places.store = streams.store
    and places.track_id = streams.track_id
    and places.territory = streams.territory
    and places.source = coalesce(streams.source, '')
where streams.report_date between $first_day and $last_day
group by streams.report_date, places.place
order by streams.report_date, places.place
