-- grain: account with many tracks of 30 to 35 seconds; look-back: none, the catalogue as it is
with accounts as (
    select
        account_id,
        count(*) filter (where duration_seconds between 30 and 35) as tracks,
        count(*) as known,
        array_to_string(
            list_slice(
                list_sort(list(track_id) filter (where duration_seconds between 30 and 35)), 1, 5
            ),
            '|'
        ) as examples
    from catalog
    where account_id is not null and duration_seconds is not null
    group by account_id
)

select
    account_id,
    tracks,
    examples,
    tracks / known as measured,
    (select sum(tracks) / sum(known) from accounts) as usual
from accounts
where tracks >= 10 and tracks >= 0.2 * known
order by tracks desc, account_id
