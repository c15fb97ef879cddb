"""The SQL of the stages: one statement a file below sql/, read by name."""

from functools import cache
from pathlib import Path

from fraud.errors import FraudError

_PACKAGE = Path(__file__).parent
FOLDERS = (_PACKAGE / "sql", _PACKAGE.parent / "sql")
"""In an installed wheel the folder lies inside the package, in a checkout beside it."""


@cache
def statement(name: str) -> str:
    """Return the text of `sql/<name>.sql`, e.g. `features/plays`; FraudError if there is none."""
    for folder in FOLDERS:
        path = folder / f"{name}.sql"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise FraudError(f"sql/{name}.sql is missing from the installation; install the package again")
