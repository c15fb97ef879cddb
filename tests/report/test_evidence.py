"""What is sent on: neutral, the method named, whole for the house and redacted for others."""

import csv
import email
import io
import re
from datetime import date, timedelta
from email.policy import default
from typing import Any

import polars as pl
import pytest

from fraud.report import series
from fraud.report.dossier import NEUTRAL, dossier, seen_before
from fraud.report.evidence import everything, evidence
from fraud.report.exhibit import Exhibit, Ruling, of_artist
from fraud.tables import INCIDENTS
from tests.report.lakes import lake, scores_of
from tests.report.stories import DAY, catalog, context, isrc, night, track

LABEL = [
    track(isrc(n), title=f"Song {n}", artist=artist, label="Loud", account_id="acct-7")
    for n, artist in enumerate(("Act", "Act", "Act", "Other", "Third"))
]
NAMES = {"artist": "Act", "title": "Größer & <b>höher</b>", "upc": "0036000291452"}
CAUSE = {"kind": "campaign", "artist": "Act", "note": "paid by us, secret budget"}


def exhibit(tracks: list[dict[str, Any]], **given: Any) -> Exhibit:
    made = lake(tracks)
    known = context(CAUSE)
    found = night(*scores_of(made).rows(named=True), listed=catalog(*tracks), known=known)
    row = found.sort("rank").row(0, named=True)
    shown = series.read(made, DAY, found, context=known)
    return Exhibit(row, shown.days, shown.of_incident[row["incident_id"]], **given)


@pytest.fixture(scope="module")
def one() -> Exhibit:
    return exhibit([track(isrc(0), **NAMES)])


@pytest.fixture(scope="module")
def many() -> Exhibit:
    return exhibit(LABEL)


@pytest.fixture(scope="module")
def third() -> Exhibit:
    """Return the label's case as the artist whom it names may see it."""
    made, whole = lake(LABEL), exhibit(LABEL)
    row = of_artist(whole.row, catalog(*LABEL), scores_of(made))
    shown = series.read(made, DAY, INCIDENTS.conform(pl.DataFrame([row], INCIDENTS.schema)))
    narrowed = shown.of_incident[row["incident_id"]]
    return Exhibit(row, shown.days, narrowed, left_out=4).redacted()


@pytest.fixture(scope="module")
def redacted(third: Exhibit) -> dict[str, bytes]:
    return everything(third)


def text(files: dict[str, bytes], name: str) -> str:
    return files[name].decode("utf-8-sig")


def rows(files: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text(files, name), newline="")))


def test_the_message_is_neutral_says_what_was_measured_and_asks(one: Exhibit) -> None:
    message = text(evidence(one), "message.txt")
    assert message.startswith(
        "Subject: Artificial activity, origin unknown: Größer & <b>höher</b> (QZABC2600000)\n"
    )
    assert one.row["reason_1"] in message
    assert NEUTRAL in message
    assert one.row["model_version"] in message
    assert "0036000291452\n" in message
    assert not re.search(
        r"\b(fraud|fraudulent|cheat|guilty|bought by)\b", message.split("Method")[0]
    )


def test_the_dossier_is_one_file_that_asks_for_nothing_and_names_its_method(one: Exhibit) -> None:
    page = dossier(one).decode("utf-8")
    assert "Artificial activity, origin unknown" in page
    assert "Größer &amp; &lt;b&gt;höher&lt;/b&gt;" in page
    assert "How it was measured" in page
    assert one.row["model_version"] in page
    addresses = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert all(address.startswith("data:") for address in addresses)
    assert page.count("<img") == 3
    assert "<script" not in page


def test_on_demand_every_plot_comes_as_svg_and_png_with_a_draft_that_carries_them(
    many: Exhibit,
) -> None:
    files = everything(many)
    plots = {name for name in files if name.startswith("plots/")}
    assert plots == {
        f"plots/{key}.{end}"
        for key in ("plays", "by-territory", "by-source", "tracks")
        for end in ("svg", "png")
    }
    for name in plots:
        assert files[name].startswith(b"<svg" if name.endswith("svg") else b"\x89PNG")
    draft = email.message_from_bytes(files["message.eml"], policy=default)
    assert draft["Subject"].startswith("Artificial activity, origin unknown: label Loud")
    assert (draft["X-Unsent"], draft["From"], draft["To"]) == ("1", None, None)
    attached = [part.get_filename() for part in draft.iter_attachments()]
    assert sorted(attached) == [
        "daily.csv",
        "dossier.html",
        "places.csv",
        "plays.png",
        "tracks.csv",
    ]
    body = draft.get_body()
    assert body is not None
    assert "We ask you to check it" in body.get_content()


def test_the_same_case_gives_the_same_bytes(one: Exhibit) -> None:
    assert everything(one) == everything(one)


def test_what_others_may_not_see_is_in_no_redacted_file(
    many: Exhibit, redacted: dict[str, bytes]
) -> None:
    assert many.row["level"] == "label"
    whole = everything(many)
    shown = b"".join(content for name, content in redacted.items() if name[-3:] in _TEXTS)
    shown += str(email.message_from_bytes(redacted["message.eml"], policy=default)).encode()
    assert (many.row["artist"], many.row["worst_artist"]) == (None, "Third")
    hidden = (many.row["incident_id"], "acct-7", "Act,", "Other", isrc(3), "secret budget", "EUR")
    for word in hidden:
        assert word.encode() not in shown, word
    for word in (many.row["incident_id"], "Act,", isrc(3), "EUR"):
        assert word in text(whole, "message.txt") + text(whole, "tracks.csv")
    assert {row["artist"] for row in rows(redacted, "tracks.csv")} == {"Third"}
    for name in ("dossier.html", "message.txt"):
        assert "4 tracks of other artists as well, which are not shown" in text(redacted, name)


_TEXTS = ("txt", "csv", "tml", "svg")


def test_what_others_see_are_the_plays_of_their_own_tracks_and_no_total_of_all(
    many: Exhibit, third: Exhibit, redacted: dict[str, bytes]
) -> None:
    alone = exhibit([LABEL[4]])
    plays = [int(row["streams"]) for row in rows(redacted, "daily.csv")]
    everyone = [int(row["streams"]) for row in rows(evidence(many), "daily.csv")]
    assert all(own < whole for own, whole in zip(plays, everyone, strict=True))
    assert sum(int(row["streams"]) for row in rows(redacted, "places.csv")) == sum(plays)
    assert third.row["streams"] == plays[-1] < many.row["streams"]
    assert third.row["tracks"] == alone.row["tracks"] == 1
    assert f"{many.row['suspected_artificial_streams']:,}" in many.row["reason_1"]
    for name in ("message.txt", "dossier.html"):
        assert f"{many.row['suspected_artificial_streams']:,}" not in text(redacted, name)
        assert f"{many.row['streams']:,}" not in text(redacted, name)
        assert f"{third.row['suspected_artificial_streams']:,}" in text(redacted, name)
        assert "5 tracks of label Loud are suspect on the same day." in text(redacted, name)


def test_a_case_of_one_artist_alone_stays_whole() -> None:
    own = exhibit(LABEL[:3])
    assert own.row["level"] == "artist"
    assert of_artist(own.row, catalog(*LABEL), scores_of(lake(LABEL))) == own.row


def test_a_group_without_a_name_is_called_by_what_joins_its_tracks(many: Exhibit) -> None:
    row = {**many.row, "level": "lockstep", "entity": "spotify 1f", "first_day": date(2026, 3, 12)}
    files = evidence(Exhibit(row, many.days, many.series))
    message = text(files, "message.txt")
    called = "5 tracks that moved together since 12 March 2026"
    assert message.startswith(f"Subject: Artificial activity, origin unknown: {called}\n")
    facts = message.partition("What was measured")[0]
    # Its tracks are of several artists and releases, but of one label.
    assert "Worst track:" in facts
    assert "Label:             Loud" in facts
    assert not re.search("^(Title|Artist|ISRC|UPC):", facts, re.MULTILINE)


def test_a_group_that_machines_have_played_for_long_is_not_said_to_have_risen(
    many: Exhibit,
) -> None:
    long = {"streams": 20, "expected_streams": 22.7, "suspected_artificial_streams": 19}
    row = {**many.row, **long, "suspected_share": 0.95}
    told = "20, expected 22.7; about as many as usual: suspect is how they are played"
    assert told in text(evidence(Exhibit(row, many.days, many.series)), "message.txt")
    assert told not in text(evidence(many), "message.txt")


def test_a_ruling_is_told_with_how_long_before_it_was_seen(one: Exhibit) -> None:
    first = DAY - timedelta(days=20)
    ruling = Ruling("Spotify", first, DAY, 9_000, 10_000, "10.00 EUR", first, 12)
    told = Exhibit(one.row, one.days, one.series, [ruling])
    message = text(evidence(told), "message.txt")
    assert "9,000 of 10,000 plays are artificial and charged 10.00 EUR." in message
    assert (
        "Our first alert was on 2026-06-22, 20 days before the end of that period; 12 nights"
        " raised one by then." in message
    )
    assert "charged 10.00 EUR" in dossier(told).decode("utf-8")
    assert "10.00 EUR" not in dossier(told.redacted()).decode("utf-8")


def test_a_ruling_that_no_night_foresaw_says_so() -> None:
    unseen = Ruling("Deezer", date(2026, 6, 1), DAY, 5, None, "", None, 0)
    assert seen_before(unseen) == "No night raised an alert on it by the end of that period."


def test_an_account_that_is_redacted_has_no_name_in_the_reasons(many: Exhibit) -> None:
    row = {
        **many.row,
        "level": "account",
        "entity": "acct-7",
        "reason_1": "5 tracks of account acct-7 are suspect on the same day.",
    }
    shown = Exhibit(row, many.days, many.series).redacted()
    assert shown.row["reason_1"] == "5 tracks of one account are suspect on the same day."


def test_a_case_without_a_single_day_of_plays_is_a_dossier_as_well(one: Exhibit) -> None:
    row = {**one.row, "reason_1": None, "reason_2": None, "reason_3": None, "first_day": None}
    empty = pl.DataFrame([row]).select("incident_id", "report_date")
    assert empty.height == 1
    assert b"Nothing that stands out." in dossier(Exhibit(row, one.days, one.series))
