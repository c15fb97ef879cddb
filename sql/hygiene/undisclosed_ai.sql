-- grain: account whose tracks mostly say how they were made, and some do not; look-back: none, the catalogue as it is
select
    account_id,
    count(*) filter (where ai_disclosure is null) as tracks,
    count(*) as known,
    count(ai_disclosure) / count(*) as measured,
    count(*) filter (where ai_disclosure in ('partial', 'full')) / count(*) as generated,
    array_to_string(
        list_slice(list_sort(list(track_id) filter (where ai_disclosure is null)), 1, 5), '|'
    ) as examples
from catalog
where account_id is not null
group by account_id
having
    count(*) >= 10 and count(ai_disclosure) >= 0.8 * count(*) and count(ai_disclosure) < count(*)
order by tracks desc, account_id
