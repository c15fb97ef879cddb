-- grain: title × artist × length that several accounts deliver; look-back: none, the catalogue as it is
select
    any_value(title order by track_id) as title,
    any_value(artist order by track_id) as artist,
    duration_seconds,
    count(distinct account_id) as measured,
    count(*) as tracks,
    array_to_string(list_sort(list(distinct account_id)), ', ') as accounts,
    array_to_string(list_slice(list_sort(list(track_id)), 1, 5), '|') as examples
from catalog
where
    account_id is not null and title is not null and artist is not null
    and duration_seconds is not null
group by lower(trim(title)), lower(trim(artist)), duration_seconds
having count(distinct account_id) > 1
order by tracks desc, title, artist, duration_seconds
