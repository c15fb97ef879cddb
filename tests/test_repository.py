"""The house rules that a machine can check."""

import ast
import os
import re
import resource
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "fraud"
STATEMENTS = sorted((ROOT / "sql").rglob("*.sql"))

GROUND = {
    *("tables", "ordering", "config", "feed_settings", "errors", "naming", "sql"),
    "compiled",
}
STAGES = {
    *("feeds", "sources", "quality", "features", "detect", "report"),
    *("simulate", "evaluate", "notify", "hygiene"),
}
MAY_IMPORT = {
    **dict.fromkeys((*GROUND, *STAGES, "lake"), GROUND),
    "pipeline": GROUND | STAGES | {"lake"},
    "review": GROUND | {"pipeline"},
    "cli": GROUND | {"pipeline", "review"},
    "__main__": {"cli"},
    "__init__": set[str](),
}
ROOM_OF_HEAVY = {
    "numba": {"compiled", "sources", "features"},
    "pyod": {"detect", "evaluate"},
    "sklearn": {"detect", "evaluate"},
    "scipy": {"detect", "evaluate", "simulate", "features"},
    "great_expectations": {"quality"},
    "paramiko": {"feeds"},
    "s3fs": {"feeds"},
    "airflow": {"notify"},
    "apprise": {"notify"},
    "starlette": {"review"},
    "uvicorn": {"review"},
}


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, wherever in the file: `fraud.lake`, `polars`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, f"{path} imports relatively"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


@pytest.mark.parametrize("path", python_files("fraud"), ids=lambda path: str(path.name))
def test_imports_point_one_way(path: Path) -> None:
    room = room_of(path)
    assert room in MAY_IMPORT, f"fraud/{room} is in no layer"
    for module in imports(path):
        top, _, rest = module.partition(".")
        target = rest.partition(".")[0]
        if top == "fraud" and target not in {"", room, "__version__"}:
            assert target in MAY_IMPORT[room], f"{path.relative_to(ROOT)} imports {module}"
        if top in ROOM_OF_HEAVY:
            assert room in ROOM_OF_HEAVY[top], f"{path.relative_to(ROOT)} imports {module}"


@pytest.mark.parametrize("path", python_files("dags"), ids=lambda path: str(path.name))
def test_a_dag_imports_the_pipeline_and_nothing_below(path: Path) -> None:
    rooms = {m.split(".")[1] for m in imports(path) if m.startswith("fraud.")}
    assert rooms <= {"pipeline", "notify", "config", "errors"}


@pytest.mark.parametrize("path", python_files("fraud", "dags", "tests", "benchmarks", "scripts"))
def test_our_own_code_is_free_of_pandas(path: Path) -> None:
    assert "pandas" not in {module.partition(".")[0] for module in imports(path)}


def test_no_room_is_called_miscellaneous() -> None:
    names = {path.stem for path in (ROOT / "fraud").rglob("*")}
    assert not names & {"utils", "util", "helpers", "helper", "common", "misc"}


def test_nothing_is_left_for_later() -> None:
    later = re.compile("TO" + r"DO|FIX" + r"ME|NotImplemented" + "Error")
    files = [*python_files("fraud", "dags", "tests"), *STATEMENTS, *ROOT.rglob("*.md")]
    left = [path for path in files if later.search(path.read_text(encoding="utf-8"))]
    assert not left


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_statement_has_a_head_line_and_is_lower_case(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    head = text.partition("\n")[0]
    assert re.match(r"-- grain: .+; look-back: .+", head), f"{path.name} starts with {head!r}"
    code = re.sub(r"--[^\n]*|'[^']*'", "", text)
    assert code == code.lower()


def pins(name: str) -> dict[str, list[Requirement]]:
    found: dict[str, list[Requirement]] = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(" "):
            pin = Requirement(line.removesuffix(" \\"))
            found.setdefault(pin.name, []).append(pin)
    return found


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_pins_carry_hashes_and_name_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^--", text, re.MULTILINE)
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in block, block.partition("\n")[0]


def test_the_pins_are_those_of_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    run = project["project"]["dependencies"]
    extras = project["project"]["optional-dependencies"].values()
    dev = [
        *run,
        *(line for extra in extras for line in extra),
        *project["dependency-groups"]["dev"],
    ]
    for name, asked in (("requirements.txt", run), ("requirements-dev.txt", dev)):
        pinned = pins(name)
        for wish in map(Requirement, asked):
            assert wish.name in pinned, f"{name} lacks {wish.name}: make requirements"
            for pin in pinned[wish.name]:
                version = Version(str(pin.specifier).removeprefix("=="))
                assert version in wish.specifier, f"{name} has {pin}, not {wish}: make requirements"


def test_what_runs_is_what_is_tested() -> None:
    tested = {
        (pin.name, str(pin.specifier))
        for same in pins("requirements-dev.txt").values()
        for pin in same
    }
    for same in pins("requirements.txt").values():
        for pin in same:
            assert (pin.name, str(pin.specifier)) in tested


def test_the_wheel_holds_the_sql_and_every_file_of_the_package(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    ours = {path.relative_to(ROOT) for path in PACKAGE.rglob("*") if path.is_file()}
    ours |= {Path("fraud") / path.relative_to(ROOT) for path in STATEMENTS}
    assert {str(path) for path in ours if "__pycache__" not in path.parts} <= packed


def test_every_make_target_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^\.PHONY: (\w+)$", makefile, re.MULTILINE))
    # The tests themselves may run under make, whose child would say which folder it enters.
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    printed = subprocess.run(
        ["make"], cwd=ROOT, env=outside, capture_output=True, text=True, check=True
    ).stdout
    assert {line.split()[1] for line in printed.splitlines()} == targets


def commands() -> list[str]:
    from typer.main import get_command

    from fraud.cli import app

    return sorted(get_command(app).commands)  # type: ignore[attr-defined]


def test_the_docs_show_every_command() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    for command in commands():
        assert re.search(rf"\bfraud {command}\b", text), f"no page shows `fraud {command}`"


def test_every_link_between_pages_leads_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links {target}"


def cpu_seconds(*command: str | Path) -> float:
    """Return the least processor time of five runs: other processes' work does not count."""
    spent = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent)


def test_help_answers_at_once() -> None:
    bare = cpu_seconds(sys.executable, "-c", "pass")
    assert cpu_seconds(Path(sys.executable).with_name("fraud"), "--help") - bare < 0.3
