"""A dossier is one sheet of A4, however much there is to say of its incident."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fraud.report import series
from fraud.report.dossier import dossier
from fraud.report.exhibit import Exhibit, Ruling
from tests.browser.conftest import Open
from tests.report.lakes import lake, scores_of
from tests.report.stories import DAY, catalog, isrc, night, track

pytestmark = pytest.mark.browser

LONG = "a name of a length that nobody would print on a sleeve " * 3
SENTENCE = "Of the last seven days' plays 64% came with territory VN, usually 0%. " * 6
PLACES = "|".join(["DE", "FR", "VN", "US"] * 10)
RULED = Ruling("Spotify", DAY - timedelta(20), DAY, 9_000, 10_000, "10.00 EUR", DAY, 12)


def exhibit(count: int) -> Exhibit:
    """Return the case of so many tracks of one label, each with a long name."""
    tracks = [
        track(isrc(n), title=f"{n} {LONG}", artist=f"Act {n} {LONG}", label=f"Loud {LONG}")
        for n in range(count)
    ]
    made = lake(tracks)
    listed = night(*scores_of(made).rows(named=True), listed=catalog(*tracks))
    shown = series.read(made, DAY, listed)
    row = listed.row(0, named=True)
    return Exhibit(row, shown.days, shown.of_incident[row["incident_id"]])


def crowded(case: Exhibit) -> Exhibit:
    """Return a case with every plot there is, rulings, and more words than any night has had."""
    parts = case.series.parts | dict.fromkeys(("device", "tier"), case.series.parts["source"])
    told = dict.fromkeys(("reason_1", "reason_2", "reason_3", "counter_evidence"), SENTENCE)
    return replace(
        case,
        row=dict(case.row) | told | {"territories": PLACES},
        series=replace(case.series, parts=parts, per_listener=[1.5] * len(case.days)),
        rulings=[RULED] * 4,
        left_out=7,
    )


@pytest.mark.parametrize("count", [1, 40])
def test_a_dossier_of_a_track_and_of_a_group_is_one_sheet(
    opened: Open, tmp_path: Path, count: int
) -> None:
    file = tmp_path / "dossier.html"
    file.write_bytes(dossier(crowded(exhibit(count))))
    page = opened(file).page
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    page.set_viewport_size({"width": 703, "height": 1000})
    page.emulate_media(media="print")
    for image in page.locator("img").all():
        box = image.bounding_box()
        assert box
        # Twelve small plots stand in one picture; a plot smaller than this cannot be read on paper.
        assert box["width"] >= 200
    assert page.evaluate("document.documentElement.scrollWidth") <= 703


def test_a_dossier_fits_a_phone(opened: Open, tmp_path: Path) -> None:
    file = tmp_path / "dossier.html"
    file.write_bytes(dossier(crowded(exhibit(40))))
    page = opened(file, width=390).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
