"""fraud dilution, with the user's figures and with the lake's own plays."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Worked

POOL = ("--revenue", "1000000", "--plays", "250000000", "--artificial", "0.04")


def test_it_tells_what_is_lost_and_what_other_rules_would_pay(fraud: Callable[..., Answer]) -> None:
    said = fraud("dilution", *POOL, "--own-plays", "2400000", "--users", "1000000")
    assert said.code == 0, said.err
    assert said.out.splitlines()[0] == "Artificial plays elsewhere cost 400.00 of 10,000.00."
    assert [line.split()[0] for line in said.out.splitlines()[3:]] == [
        "pro",
        "pro",
        "user-centric",
        "artist-centric",
    ]
    machine = fraud("dilution", *POOL, "--own-plays", "2400000", "--json").json
    assert machine["rules"][1] == {
        "rule": "pro rata without artificial plays",
        "paid": pytest.approx(10_000),
        "difference": pytest.approx(400),
    }


def test_own_plays_are_read_from_the_lake(worked: Worked) -> None:
    said = worked.fraud("dilution", *POOL, "--days", "28", "--store", "deezer", "--json")
    assert said.code == 0, said.err
    assert said.json["own_plays"] > 0
    assert worked.fraud("dilution", *POOL, "--days", "90").code == 2


def test_an_empty_lake_is_told_of(fraud: Callable[..., Answer], tmp_path: Path) -> None:
    said = fraud("dilution", *POOL, "--home", tmp_path)
    assert said.code == 2
    assert "give --own-plays" in said.err
