-- grain: account most of whose tracks have one length; look-back: none, the catalogue as it is
with lengths as (
    select
        account_id,
        duration_seconds,
        count(*) as tracks,
        array_to_string(list_slice(list_sort(list(track_id)), 1, 5), '|') as examples
    from catalog
    where account_id is not null and duration_seconds is not null
    group by account_id, duration_seconds
),

accounts as (
    select
        account_id,
        sum(tracks) as known,
        max(tracks) as tracks,
        arg_max(duration_seconds, (tracks, -duration_seconds)) as duration_seconds,
        arg_max(examples, (tracks, -duration_seconds)) as examples
    from lengths
    group by account_id
    having sum(tracks) >= 10
)

select
    account_id,
    duration_seconds,
    tracks,
    examples,
    tracks / known as measured,
    (select median(tracks / known) from accounts) as usual
from accounts
where tracks >= 10 and tracks >= 0.5 * known
order by tracks desc, account_id
