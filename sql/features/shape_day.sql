-- grain: day × entity of several tracks, over all stores; look-back: 27 days
-- The shape of a group: how many of its tracks were played, how evenly, how many of them began on one
-- and the same day of the last four weeks, and how much its weekdays differ over these weeks.
with daily as (
    select report_date, entity, track_id, sum(streams)::bigint as streams
    from plays
    inner join members using (track_id)
    where report_date between $first_day::date - 27 and $last_day
    group by report_date, entity, track_id
    having sum(streams) > 0
),

judged as (
    select
        report_date,
        entity,
        count(*) as tracks,
        sum(streams)::double ** 2 / sum(streams::hugeint ** 2)::double / count(*) as evenness
    from daily
    where report_date >= $first_day
    group by report_date, entity
),

begun as (
    select judged.report_date, judged.entity, daily.track_id, min(daily.report_date) as began
    from judged
    inner join daily
        on daily.entity = judged.entity
        and daily.report_date between judged.report_date - 27 and judged.report_date
    group by judged.report_date, judged.entity, daily.track_id
),

onset as (
    select
        report_date,
        entity,
        sum(together)::bigint as seen,
        coalesce(max(together) filter (began > report_date - 27), 0) as together
    from (
        select report_date, entity, began, count(*) as together
        from begun
        group by report_date, entity, began
    )
    group by report_date, entity
),

weekly as (
    select
        judged.report_date,
        judged.entity,
        dayofweek(daily.report_date) as weekday,
        sum(daily.streams)::bigint as streams
    from judged
    inner join daily
        on daily.entity = judged.entity
        and daily.report_date between judged.report_date - 27 and judged.report_date
    group by judged.report_date, judged.entity, weekday
),

rhythm as (
    select
        report_date,
        entity,
        sqrt(greatest(7 * sum(streams::hugeint ** 2)::double - sum(streams)::double ** 2, 0))
        / sum(streams)::double as weekday_amplitude
    from weekly
    group by report_date, entity
)

select
    judged.report_date,
    judged.entity,
    judged.tracks,
    round(judged.evenness, 6) as evenness,
    round(onset.together::double / onset.seen, 6) as onset_share,
    round(rhythm.weekday_amplitude, 6) as weekday_amplitude
from judged
inner join onset using (report_date, entity)
inner join rhythm using (report_date, entity)
order by report_date, entity
