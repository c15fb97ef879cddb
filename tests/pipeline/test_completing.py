"""What reports of plays say beside their plays never wipes out what was known better."""

from datetime import UTC, datetime
from pathlib import Path

from fraud import config
from fraud.lake import Lake
from fraud.pipeline.ingest import ingest
from fraud.tables import CATALOG

NOW = datetime(2026, 5, 5, 6, tzinfo=UTC)
TRENDS = (
    "date\tterritory\tnumber_of_streams\treporting_organization_id\tisrc\tupc\tasset_duration\n"
    "2026-05-04\tFI\t12\t7\tQZAAA2600001\t036000291452\t35\n"
)


def test_a_report_of_plays_adds_to_a_known_track(tmp_path: Path) -> None:
    settings = config.load(home=tmp_path / "home", lake="")
    (tmp_path / "catalog.csv").write_text("isrc,title,artist\nQZAAA2600001,Blue,Ann\n")
    (tmp_path / "x_Deezer.tsv").write_text(TRENDS)
    ingest([tmp_path / "catalog.csv"], settings, now=NOW)
    result = ingest([tmp_path / "x_Deezer.tsv"], settings, now=NOW)
    assert result.exit_code == 0
    (track,) = Lake(settings.lake_address).read(CATALOG).to_dicts()
    assert (track["title"], track["artist"]) == ("Blue", "Ann")
    assert (track["upc"], track["duration_seconds"]) == ("036000291452", 35)
