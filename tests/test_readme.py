"""What the README shows is what happens: its commands run, and print what it says they print."""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHELLS = ("console", "sh", "bash", "shell")
BIN = Path(sys.executable).parent


@dataclass
class Shown:
    """A command as the README shows it, with the lines it is said to print."""

    command: str
    output: list[str] = field(default_factory=list)


def shown(text: str) -> list[Shown]:
    """Return the commands of all shell blocks; in a block with `$` the other lines are output."""
    found: list[Shown] = []
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        if language not in SHELLS:
            continue
        lines = re.sub(r"\\\n\s*", "", block).splitlines()
        with_output = any(line.startswith("$ ") for line in lines)
        for line in lines:
            command = line.partition(" # ")[0].rstrip()
            if line.startswith("$ "):
                found.append(Shown(command.removeprefix("$ ")))
            elif with_output:
                found[-1].output.append(line)
            elif command and not command.startswith("#"):
                found.append(Shown(command))
    return found


def loose(line: str) -> str:
    """Return a line without what differs from run to run: numbers, spaces, frames."""
    without_numbers = re.sub(r"\d+([.,:]\d+)*", "#", line)
    return re.sub(r"[\s─━═│┃|+-]+", " ", without_numbers).strip()


def assert_printed(expected: list[str], printed: str) -> None:
    """Every expected line is there, in order; `…` stands for any lines, or for a line's end."""
    lines = iter([loose(line) for line in printed.splitlines()])
    for line in expected:
        wanted = loose(line)
        if wanted.strip(".… ") == "":
            continue
        start = wanted.rstrip(".… ") if wanted.endswith(("…", "...")) else None
        assert any(seen.startswith(start) if start else seen == wanted for seen in lines), (
            f"not printed: {line!r}\n{printed}"
        )


def stand_in(command: str) -> str | None:
    """Return what a test runs for a command, None for one that only a new clone can run."""
    command = command.replace(".venv/bin/", "")
    words = shlex.split(command)
    if words[:2] == ["make", "demo"]:
        return "fraud demo"
    if words[0] in {"git", "cd", "make", "apt-get", "sudo", "pip", "python3"}:
        return None
    return command


@pytest.fixture
def new_clone(tmp_path: Path) -> Path:
    """Return a folder that has what a clone has, and none of what a run leaves behind."""
    for name in ("data", "dags", "docs"):
        if (ROOT / name).is_dir():
            (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def test_every_command_runs_and_prints_what_is_shown(new_clone: Path) -> None:
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "BROWSER": "true"}
    environment |= {"COLUMNS": "120", "NO_COLOR": "1"}
    commands = shown(README)
    assert commands
    for item in commands:
        command = stand_in(item.command)
        if command is None:
            continue
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=new_clone,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        printed = done.stdout + done.stderr
        assert done.returncode in {0, 3}, f"{command} ended with {done.returncode}\n{printed}"
        assert_printed(item.output, printed)


def test_the_two_first_commands_are_demo_and_test() -> None:
    made = [item.command for item in shown(README) if item.command.startswith("make")]
    assert made[:2] == ["make demo", "make test"]


def test_make_test_is_shown_to_pass() -> None:
    (item,) = [item for item in shown(README) if item.command == "make test"]
    assert re.search(r"=+ \d+ passed.* in .*=+", item.output[-1])


def test_every_make_target_that_is_shown_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for item in shown(README):
        if item.command.startswith("make "):
            target = shlex.split(item.command)[1]
            assert f".PHONY: {target}\n" in makefile, f"no target {target}"


def test_a_line_that_was_not_printed_is_found() -> None:
    printed = "┃ 1 ┃ high ┃ Rain Loop\n12 alerts in 3.4 s\n"
    assert_printed(["| 7 | high | Rain Loop", "99 alerts in 0.1 s"], printed)
    assert_printed(["…", "8 alerts…"], printed)
    for wrong in (["12 incidents in 3.4 s"], ["12 alerts in 3.4 s", "| 1 | high | Rain Loop"]):
        with pytest.raises(AssertionError, match="not printed"):
            assert_printed(wrong, printed)
