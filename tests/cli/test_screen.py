"""What is printed: no number is cut, no log flooded, no text from outside interpreted."""

import io
import sys

import pytest

from fraud.cli import screen


def test_a_table_is_never_too_narrow_for_its_numbers(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    screen.table(
        ("store", "share", "streams"), [("apple music", "0.86 (0.77–0.93)", 1_234_567_890)]
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "apple music   0.86 (0.77–0.93)   1,234,567,890"


def test_only_the_named_column_folds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    why = "more plays than people explain, by far, and none of them saved it"
    screen.table(("rank", "title", "why"), [(1, "A title of its own", why)], folded="why")
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 60 for line in lines)
    assert "A title of its own" in lines[2]
    assert len(lines) > 4


def test_nothing_from_outside_is_taken_for_markup_or_steers_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen.say("[red]a[/red]\x1b[2J")
    screen.warn("[bold]b\x07")
    screen.table(("[i]head",), [("[red]c[/red] :smile: \x1b]0;x\x07",)])
    shown = capsys.readouterr()
    assert "[red]a[/red]\ufffd[2J" in shown.out
    assert "[i]head" in shown.out
    assert "[red]c[/red] :smile: \ufffd]0;x\ufffd" in shown.out
    assert shown.err == "Warning: [bold]b\ufffd\n"
    assert "\x1b" not in shown.out


def test_unknown_is_shown_as_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    screen.table(("a", "b"), [(None, 0)])
    assert capsys.readouterr().out.splitlines()[-1].split() == ["–", "0"]


def test_progress_elsewhere_is_plain_lines_and_few_of_a_kind(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    with screen.progress() as tell:
        for seconds, text in (
            (0.0, "Read 1 of 9"),
            (0.5, "Read 2 of 9"),
            (0.6, "judged 2026-03-01"),
            (0.7, "2026-03-01: 0 alerts"),
            (0.8, "2026-03-02: 0 alerts"),
            (2.1, "Read 7 of 9"),
        ):
            now = seconds
            tell(text)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        "Read 1 of 9",
        "judged 2026-03-01",
        "2026-03-01: 0 alerts",
        "Read 7 of 9",
    ]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_on_a_terminal_is_one_line_that_goes_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with screen.progress() as tell:
        tell("Read [1] of 9")
    assert "Read [1] of 9" in terminal.getvalue()
    assert terminal.getvalue().endswith("\x1b[2K")


def test_many_sentences_of_a_kind_are_cut(capsys: pytest.CaptureFixture[str]) -> None:
    texts = [str(n) for n in range(25)]
    assert screen.few(texts) == [*texts[:20], "… and 5 more like these"]
    assert screen.few(texts[:20]) == texts[:20]
    assert capsys.readouterr().out == ""
