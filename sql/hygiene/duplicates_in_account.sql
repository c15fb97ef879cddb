-- grain: account × title × length that stands under several ISRCs; look-back: none, the catalogue as it is
select
    account_id,
    any_value(title order by track_id) as title,
    duration_seconds,
    case when count(distinct artist) = 1 then max(artist) end as artist,
    count(distinct artist) as artists,
    count(*) as tracks,
    array_to_string(list_slice(list_sort(list(track_id)), 1, 5), '|') as examples
from catalog
where account_id is not null and title is not null and duration_seconds is not null
group by account_id, lower(trim(title)), duration_seconds
having count(*) > 1
order by tracks desc, account_id, title, duration_seconds
