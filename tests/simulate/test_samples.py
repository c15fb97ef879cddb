"""The samples in the repository are what their README says made them."""

import gzip
import re
import shlex
from datetime import date
from pathlib import Path

from fraud.simulate import simulate
from fraud.simulate.lookalikes import LOOKALIKES
from fraud.simulate.schemes import RESERVED, SCHEMES

ROOT = Path(__file__).parents[2]
LIMIT = 3_000_000


def content(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder, unpacked: how well it is packed is the library's affair."""
    return {
        str(path.relative_to(folder)): (
            gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "README.md"
    }


def test_the_samples_come_from_the_written_command(samples: Path, tmp_path: Path) -> None:
    text = (samples / "README.md").read_text(encoding="utf-8")
    written = re.search(r"^ +fraud simulate data/samples (.+)$", text, re.MULTILINE)
    assert written is not None
    words = shlex.split(written[1])
    flags = dict(zip(words[0::2], words[1::2], strict=True))
    world = simulate(
        tmp_path / "world",
        seed=int(flags.pop("--seed")),
        days=int(flags.pop("--days")),
        tracks=int(flags.pop("--tracks")),
        start=date.fromisoformat(flags.pop("--start")),
        stores=tuple(flags.pop("--stores").split(",")),
        territories=int(flags.pop("--territories")),
        fraud_share=float(flags.pop("--fraud-share")),
    )
    assert flags == {}
    made, kept = content(world.folder), content(samples)
    assert made.keys() == kept.keys()
    assert [name for name in made if made[name] != kept[name]] == []


def test_the_samples_are_small(samples: Path) -> None:
    assert sum(path.stat().st_size for path in samples.rglob("*") if path.is_file()) < LIMIT


def test_the_guide_names_every_scheme_and_every_innocent_event() -> None:
    guide = (ROOT / "docs" / "guides" / "simulator.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", guide))
    assert {scheme.name for scheme in (*SCHEMES, *RESERVED)} <= named
    assert {kind.name for kind in LOOKALIKES} <= named
