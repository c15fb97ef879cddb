"""What the README shows is what happens: its commands run, and print what it says they print."""

import re
import shlex
from pathlib import Path

import pytest

from tests.shown import README, ROOT, all_commands, first_missing, new_clone, run

SHOWN = all_commands(README.read_text(encoding="utf-8"))


def test_every_command_runs_and_prints_what_is_shown(tmp_path: Path) -> None:
    folder = new_clone(tmp_path)
    for item in SHOWN:
        if item.stand_in is None:
            continue
        done = run(item.stand_in, folder)
        printed = done.stdout + done.stderr
        assert done.returncode in {0, 3}, f"{item.command} ended with {done.returncode}\n{printed}"
        missing = first_missing(item.output, done.stdout)
        assert missing is None, f"{item.command} did not print {missing!r}: make readme\n{printed}"


def test_the_two_first_commands_are_demo_and_test() -> None:
    assert [item.command for item in SHOWN][:2] == ["make demo", "make test"]


def test_make_test_is_shown_to_pass() -> None:
    (item,) = [item for item in SHOWN if item.command == "make test"]
    assert item.output
    assert re.search(r"=+ \d+ passed.* in .*=+", item.output[-1])


def test_every_make_target_that_is_shown_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for item in SHOWN:
        if item.command.startswith("make "):
            target = shlex.split(item.command)[1]
            assert f".PHONY: {target}\n" in makefile, f"no target {target}"


PRINTED = "┃ 1 ┃ high ┃ Rain Loop\n12 alerts in 3.4 s\nreports in fraud-home\n"


@pytest.mark.parametrize(
    "expected",
    [
        ["| 7 | low | Rain", "Loop", "99 alerts in 0.1 s"],
        ["…", "8 alerts…", "reports in fraud-home"],
        [],
    ],
)
def test_numbers_frames_and_breaks_may_differ(expected: list[str]) -> None:
    assert first_missing(expected, PRINTED) is None


@pytest.mark.parametrize(
    "expected",
    [
        ["12 incidents in 3.4 s"],
        ["12 alerts in 3.4 s", "| 1 | high | Rain Loop"],
        ["12 alerts", "reports in fraud-home"],
    ],
)
def test_words_and_order_may_not(expected: list[str]) -> None:
    assert first_missing(expected, PRINTED) == "\n".join(expected)
