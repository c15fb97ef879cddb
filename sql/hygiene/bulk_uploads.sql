-- grain: account × release day of the last 28 days with far more releases than usual; look-back: 365 days
with days as (
    select
        account_id,
        release_date,
        count(distinct coalesce(upc, track_id)) as releases,
        count(*) as tracks,
        array_to_string(list_slice(list_sort(list(track_id)), 1, 5), '|') as examples
    from catalog
    where account_id is not null and release_date > $day - 393
    group by account_id, release_date
),

habits as (
    select
        recent.account_id,
        recent.release_date,
        coalesce(median(earlier.releases), 0) as usual
    from days as recent
    left join days as earlier
        on
            recent.account_id = earlier.account_id
            and earlier.release_date < recent.release_date
            and earlier.release_date >= recent.release_date - 365
    where recent.release_date > $day - 28
    group by recent.account_id, recent.release_date
)

select
    account_id,
    release_date,
    tracks,
    examples,
    releases as measured,
    usual
from days
inner join habits using (account_id, release_date)
where releases >= 20 and releases >= 5 * usual
order by releases desc, account_id, release_date
