"""The commands that the README shows: found, run as in a new clone, and their output written back.

`python -m tests.shown` runs them and writes what they print now into the README.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
BIN = Path(sys.executable).parent

_BLOCK = re.compile(r"^```(?:console|sh|bash|shell)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass
class Shown:
    """A command as the README shows it, with the lines it is said to print."""

    command: str
    output: list[str] = field(default_factory=list)

    @property
    def stand_in(self) -> str | None:
        """What a test runs for it, None where only a new clone can run it."""
        command = self.command.replace(".venv/bin/", "")
        words = shlex.split(command)
        if words[:2] == ["make", "demo"]:
            return "fraud demo"
        return None if words[0] in {"git", "cd", "make", "apt-get", "pip", "python3"} else command


def commands(block: str) -> list[Shown]:
    """Return the commands of a block: the lines after `$`, with the others as their output."""
    lines = re.sub(r"\\\n\s*", "", block).splitlines()
    with_output = any(line.startswith("$ ") for line in lines)
    found: list[Shown] = []
    for line in lines:
        command = line.partition(" # ")[0].rstrip()
        if line.startswith("$ "):
            found.append(Shown(command.removeprefix("$ ")))
        elif with_output:
            found[-1].output.append(line)
        elif command and not command.startswith("#"):
            found.append(Shown(command))
    return found


def all_commands(text: str) -> list[Shown]:
    """Return the commands of all shell blocks of a page, in order."""
    return [item for block in _BLOCK.findall(text) for item in commands(block)]


def new_clone(folder: Path) -> Path:
    """Return the folder with what a clone has, and none of what a run leaves behind."""
    for name in ("data", "dags", "docs"):
        if (ROOT / name).is_dir():
            (folder / name).symlink_to(ROOT / name)
    return folder


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Return what became of a command as a reader types it, on a terminal of 110 columns."""
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    environment |= {"BROWSER": "true", "COLUMNS": "110", "NO_COLOR": "1"}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def loose(text: str) -> str:
    """Return a text without what differs from one machine to the next.

    That is numbers, spaces, where lines are broken, frames and, where a score lies at an edge, the
    severity.
    """
    without_numbers = re.sub(r"\d+([.,:]\d+)*|\b(critical|high|medium|low)\b", "#", text)
    return re.sub(r"[\s─━═│┃|+-]+", " ", without_numbers).strip()


def first_missing(expected: list[str], printed: str) -> str | None:
    """Return the first expected passage that was not printed in its order, None where all were.

    `…` ends a passage and stands for anything.
    """
    seen = loose(printed)
    for passage in re.split(r"…|\.\.\.", "\n".join(expected)):
        wanted = loose(passage)
        if wanted:
            _, found, seen = seen.partition(wanted)
            if not found:
                return passage.strip()
    return None


def _written_again(text: str, folder: Path) -> str:
    def block(match: re.Match[str]) -> str:
        written = match[0]
        for item in commands(match[1]):
            if item.stand_in is None:
                continue
            printed = run(item.stand_in, folder).stdout.rstrip("\n")
            old = "\n".join([f"$ {item.command}", *item.output])
            new = "\n".join(line.rstrip() for line in [f"$ {item.command}", *printed.splitlines()])
            written = written.replace(old, new)
        return written

    return _BLOCK.sub(block, text)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as _folder:
        _text = README.read_text(encoding="utf-8")
        README.write_text(_written_again(_text, new_clone(Path(_folder))), encoding="utf-8")
