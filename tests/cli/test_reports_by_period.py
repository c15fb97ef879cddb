"""A royalty statement at the command line: loaded, told, held against the days."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Answer
from tests.sources.loading import write
from tests.sources.test_believe import HEADER, row

Fraud = Callable[..., Answer]
DAYS = "report_date,store,territory,isrc,streams\n" + "".join(
    f"2026-02-{day:02},spotify,FI,QZAAA2600001,2000\n" for day in range(1, 29)
)


def test_a_statement_is_loaded_and_held_against_the_days(fraud: Fraud, tmp_path: Path) -> None:
    statement = write(tmp_path / "believe.csv", HEADER + row() + row(kind="Download"))
    days = write(tmp_path / "days.csv", DAYS)
    home = ("--home", tmp_path / "home")

    answer = fraud("ingest", statement, days, *home)
    assert answer.code == 0
    lines = [line.split() for line in answer.out.splitlines()]
    assert [line[1:6] for line in lines if "believe" in line] == [
        ["period_streams", "believe", "2026-02-01", "2026-02-28", "1"],
        ["royalties", "believe", "2026-02-01", "2026-02-28", "1"],
    ]
    assert "1 rows are no streams but downloads" in answer.out
    told = fraud("ingest", statement, *home, "--json").json
    assert [one["outcome"] for one in told["statements"]] == ["unchanged", "unchanged"]

    answer = fraud("status", *home)
    (report,) = (line.split() for line in answer.out.splitlines() if " believe " in line)
    assert report[:1] + report[-4:] == ["spotify", "41,210", "56,000", "26.4%", "0"]
    assert "A play at spotify was paid 0.00127 EUR from 2026-02-01 to 2026-02-28." in answer.out
    assert answer.err == (
        "Warning: spotify from 2026-02-01 to 2026-02-28: believe reports 41,210 plays, its days add"
        " up to 56,000: 26.4% apart, more than 5%\n"
    )
    told = fraud("status", *home, "--json").json
    assert told["reports"][0]["difference"] == 56_000 - 41_210
