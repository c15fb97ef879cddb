-- grain: ISRC whose title and artist are others than a week ago; look-back: 7 days
select
    now.account_id,
    now.artist,
    now.label,
    now.track_id as examples,
    now.title,
    before.title as title_before,
    before.artist as artist_before,
    1 as tracks
from catalog as now
inner join catalog_before as before using (track_id)
where
    lower(now.title) <> lower(before.title) and lower(now.artist) <> lower(before.artist)
order by now.track_id
