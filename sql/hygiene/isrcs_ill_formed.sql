-- grain: file with rows refused for their ISRC; look-back: 28 days
select
    file,
    count(*) as tracks,
    array_to_string(list_slice(list_sort(list(distinct value)), 1, 5), '|') as examples
from quarantine
where
    "column" = 'isrc' and value is not null
    and loaded_at > $day - 28 and loaded_at < $day + 1
group by file
order by tracks desc, file
