"""Many alerts, few incidents: what belongs to one scheme is one line."""

from datetime import timedelta

import polars as pl

from fraud.report.money import Books
from tests.report.stories import DAY, catalog, isrc, night, scored, track

A, B, C, D = (isrc(number) for number in range(1, 5))


def lines(frame: pl.DataFrame) -> list[tuple[str, str, int]]:
    return sorted(frame.select("level", "entity", "tracks").rows())


def test_a_burst_over_forty_tracks_of_a_label_is_one_line() -> None:
    tracks = [track(isrc(n), label="Loud", artist=f"Act {n % 7}") for n in range(40)]
    found = night(
        *(scored("track", row["track_id"], 0.9) for row in tracks), listed=catalog(*tracks)
    )
    assert lines(found) == [("label", "Loud", 40)]
    assert found["suspected_artificial_streams"].item() == 40 * 900
    assert found["reason_1"].item() == (
        "40 tracks of label Loud are suspect on the same day, with 36,000 plays above the expected."
    )


def test_tracks_of_one_release_stay_with_the_release_not_its_label() -> None:
    tracks = [track(name, upc="0012345678905", artist="Act", label="Loud") for name in (A, B, C)]
    found = night(*(scored("track", name, 0.8) for name in (A, B, C)), listed=catalog(*tracks))
    assert lines(found) == [("release", "0012345678905", 3)]
    assert found["upc"].item() == "0012345678905"


def test_two_tracks_of_a_label_with_different_patterns_are_two_incidents() -> None:
    tracks = [track(name, label="Loud") for name in (A, B, C)]
    found = night(
        scored("track", A, 0.8),
        scored("track", B, 0.8, pattern="looped_plays"),
        scored("track", C, 0.8, pattern="unknown"),
        listed=catalog(*tracks),
    )
    assert lines(found) == [("track", A, 1), ("track", B, 1), ("track", C, 1)]


def test_a_burst_on_one_track_is_the_tracks_though_its_groups_alert_as_well() -> None:
    one = track(A, label="Loud", artist="Act", upc="0012345678905", account_id="acct")
    other = track(B, label="Loud", artist="Act", upc="0012345678905", account_id="acct")
    found = night(
        scored("track", A, 0.9),
        scored("track", B, 0.1, suspected_artificial_streams=0),
        scored("release", "0012345678905", 0.7),
        scored("artist", "Act", 0.7),
        scored("label", "Loud", 0.6),
        scored("account", "acct", 0.6),
        listed=catalog(one, other),
    )
    assert lines(found) == [("track", A, 1)]


def test_a_scheme_too_thin_for_any_track_is_the_labels() -> None:
    tracks = [track(isrc(n), label="Thin", account_id="acct") for n in range(20)]
    found = night(
        *(
            scored("track", row["track_id"], 0.2, streams=50, suspected_artificial_streams=45)
            for row in tracks
        ),
        scored("label", "Thin", 0.9, pattern="spread_catalogue"),
        scored("account", "acct", 0.8, pattern="spread_catalogue"),
        listed=catalog(*tracks),
    )
    assert lines(found) == [("label", "Thin", 20)]
    assert found["pattern"].item() == "spread_catalogue"
    assert found["streams"].item() == 1000


def test_a_suspect_label_takes_in_its_few_tracks_above_the_line() -> None:
    tracks = [track(isrc(n), label="Thin") for n in range(20)]
    found = night(
        *(scored("track", row["track_id"], 0.2) for row in tracks[2:]),
        *(
            scored("track", row["track_id"], 0.6, suspected_artificial_streams=100)
            for row in tracks[:2]
        ),
        scored("label", "Thin", 0.9, pattern="spread_catalogue"),
        listed=catalog(*tracks),
    )
    assert lines(found) == [("label", "Thin", 20)]


def test_territories_fold_into_their_track_and_are_named_with_their_stores() -> None:
    found = night(
        scored("track", A, 0.9),
        scored("territory", f"{A}|spotify|TR", 0.8, suspected_artificial_streams=300),
        scored("territory", f"{A}|deezer|NA", 0.7, suspected_artificial_streams=600),
        scored("territory", f"{A}|spotify|DE", 0.1, suspected_artificial_streams=0),
        listed=catalog(track(A)),
    )
    assert lines(found) == [("track", A, 1)]
    assert found["stores"].item() == "deezer|spotify"
    assert found["territories"].item() == "NA|TR"


def test_without_territory_alerts_the_places_that_carry_most_are_named() -> None:
    found = night(
        scored("track", A, 0.6),
        scored("territory", f"{A}|spotify|TR", 0.4, suspected_artificial_streams=850),
        scored("territory", f"{A}|spotify|DE", 0.1, suspected_artificial_streams=50),
        listed=catalog(track(A)),
    )
    assert found["territories"].item() == "TR"


def test_a_territory_may_be_suspect_where_its_track_is_not() -> None:
    found = night(
        scored("track", A, 0.2, streams=90_000),
        scored("territory", f"{A}|spotify|TR", 0.8, streams=800, suspected_artificial_streams=700),
        scored("territory", f"{A}|spotify|VN", 0.6, streams=300, suspected_artificial_streams=200),
        listed=catalog(track(A)),
    )
    assert lines(found) == [("territory", f"{A}|spotify|TR", 1)]
    assert found["streams"].item() == 1100
    assert found["suspected_artificial_streams"].item() == 900
    assert found["title"].item() == f"Title {A}"


def test_a_label_row_is_explained_by_an_artist_that_spans_two_labels() -> None:
    tracks = [
        track(A, artist="Act", label="One"),
        track(B, artist="Act", label="Two"),
        track(C, label="One"),
    ]
    found = night(
        scored("track", A, 0.9),
        scored("track", B, 0.9),
        scored("track", C, 0.0, suspected_artificial_streams=0),
        scored("label", "One", 0.6, suspected_artificial_streams=920),
        listed=catalog(*tracks),
    )
    assert lines(found) == [("artist", "Act", 2)]


def test_two_schemes_on_one_label_never_share_an_id() -> None:
    tracks = [track(isrc(n), label="Loud") for n in range(6)]
    patterns = ["bought_burst"] * 3 + ["looped_plays"] * 3
    found = night(
        *(
            scored("track", row["track_id"], 0.9, pattern=pattern)
            for row, pattern in zip(tracks, patterns, strict=True)
        ),
        listed=catalog(*tracks),
    )
    assert lines(found) == [("label", "Loud", 6)]


def test_a_quiet_night_has_no_incident() -> None:
    assert night().is_empty()
    assert night(scored("track", A, 0.49), listed=catalog(track(A))).is_empty()


def test_a_track_that_no_catalogue_lists_is_an_incident_without_names() -> None:
    found = night(scored("track", "spotify:xyz", 0.9, isrc=None))
    assert lines(found) == [("track", "spotify:xyz", 1)]
    assert found.select("isrc", "title", "artist", "upc").row(0) == (None, None, None, None)


def in_turkey(name: str, **given: object) -> list[dict[str, object]]:
    place = scored("territory", f"{name}|spotify|TR", 0.2, suspected_artificial_streams=800)
    return [scored("track", name, 0.9, **given), place]


def test_a_burst_over_forty_tracks_is_one_line_though_not_all_show_its_pattern() -> None:
    tracks = [track(isrc(n), label="Loud", artist=f"Act {n}") for n in range(40)]
    patterns = ["bought_burst"] * 28 + ["unknown"] * 8 + ["looped_plays"] * 2 + ["sabotage"] * 2
    found = night(
        *(
            row
            for each, pattern in zip(tracks, patterns, strict=True)
            for row in in_turkey(each["track_id"], pattern=pattern)
        ),
        listed=catalog(*tracks),
    )
    assert lines(found) == [("label", "Loud", 40)]


def test_a_burst_that_has_no_name_is_one_line_where_many_tracks_share_a_place() -> None:
    def found(count: int) -> int:
        tracks = [track(isrc(n), label="Loud", artist=f"Act {n}") for n in range(count)]
        rows = (row for t in tracks for row in in_turkey(t["track_id"], pattern="unknown"))
        return night(*rows, listed=catalog(*tracks)).height

    assert found(40) == 1
    assert found(9) == 9


def test_tracks_in_lockstep_are_one_line_though_some_alert_by_themselves() -> None:
    tracks = [track(isrc(n), label=f"Label {n}", artist=f"Act {n}") for n in range(12)]
    names = [row["track_id"] for row in tracks]
    quiet = {"streams": 5, "suspected_artificial_streams": 3}
    found = night(
        *(scored("track", name, 0.8 if n < 3 else 0.1, **quiet) for n, name in enumerate(names)),
        scored(
            "lockstep",
            "spotify 0a1b2c3d",
            0.9,
            streams=700,
            suspected_artificial_streams=600,
            track_ids="|".join(names),
            pattern="lockstep",
        ),
        listed=catalog(*tracks),
    )
    assert lines(found) == [("lockstep", "spotify 0a1b2c3d", 12)]
    assert found["pattern"].item() == "lockstep"


def test_a_batch_that_is_all_of_a_suspect_account_adds_no_line() -> None:
    tracks = [track(isrc(n), account_id="acct") for n in range(12)]
    batch = "|".join(row["track_id"] for row in tracks)
    found = night(
        *(scored("track", row["track_id"], 0.1) for row in tracks),
        scored("account", "acct", 0.9),
        scored("batch", "acct 2026-W11", 0.9, track_ids=batch),
        listed=catalog(*tracks),
    )
    assert lines(found) == [("account", "acct", 12)]


def test_a_group_suspect_in_no_place_of_its_own_is_named_with_those_where_it_is_played() -> None:
    listed = catalog(*(track(name, account_id="acct") for name in (A, B, C)))
    row = scored("batch", "acct 2026-W07", 0.9, track_ids=f"{A}|{B}|{C}")
    places = {A: [("spotify", "DE", 70), ("deezer", "FR", 5)], B: [("spotify", "US", 25)]}
    found = night(row, listed=listed, books=Books(places=places)).row(0, named=True)
    assert (found["stores"], found["territories"]) == ("spotify|deezer", "DE|US|FR")
    again = night(
        row,
        listed=listed,
        day=DAY + timedelta(1),
        earlier=night(row, listed=listed, books=Books(places=places)),
        books=Books(places={C: [("deezer", "FR", 100)]}),
    ).row(0, named=True)
    # Where a thin group is played changes from night to night: that is no news.
    assert (again["stores"], again["changed"]) == ("deezer", None)


def test_a_name_is_cut_in_a_sentence_and_whole_in_its_column() -> None:
    name = "Loud " * 2_000
    tracks = [track(isrc(n), label=name, artist=f"Act {n}") for n in range(12)]
    found = night(
        *(scored("track", row["track_id"], 0.9) for row in tracks), listed=catalog(*tracks)
    )
    assert found["label"].item() == name
    assert len(found["reason_1"].item()) < 200


def test_a_group_is_explained_by_where_the_plays_are_and_not_by_the_number_of_tracks() -> None:
    """Of a label's thirty tracks twelve are another account's, the plays are on one of this."""
    tracks = [
        track(isrc(n), label="Loud", artist=f"Act {n}", account_id="acct" if n < 18 else "other")
        for n in range(30)
    ]
    rows = [
        scored(
            "track",
            isrc(n),
            0.9,
            streams=15_000 if n == 0 else 200,
            suspected_artificial_streams=14_000 if n == 0 else 150,
        )
        for n in range(30)
    ]
    account = scored("account", "acct", 0.9, streams=17_000, suspected_artificial_streams=15_500)
    found = night(*rows, account, listed=catalog(*tracks))
    assert lines(found) == [("label", "Loud", 30)]
    assert found["suspected_artificial_streams"].sum() == 14_000 + 29 * 150


def test_what_was_measured_on_a_label_as_a_whole_is_not_said_of_its_surest_track() -> None:
    tracks = [track(isrc(n), label="Loud") for n in range(5)]
    rows = [scored("track", one["track_id"], 0.9) for one in tracks]
    own = "5 of its 86 tracks are suspect by themselves."
    label = scored("label", "Loud", 0.8, suspected_artificial_streams=4_400, reason_1=own)
    told = night(*rows, label, listed=catalog(*tracks))
    assert told["reason_1"].item().startswith("5 tracks of label Loud are suspect on the same day")
    assert told["reason_2"].item() == own
    alone = night(*rows, listed=catalog(*tracks))
    assert alone["reason_2"].item().startswith("Its surest track: 1,000 plays where 100")
