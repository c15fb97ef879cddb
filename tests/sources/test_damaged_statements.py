"""Statements after the post: bytes flipped, lines cut, columns swapped, encodings changed.

Whatever happens to a file, each of its rows is stored, passed over or quarantined, or the file is
refused in a sentence; `load` checks that the counts add up.
"""

import gzip
import random
from pathlib import Path
from types import FunctionType

import pytest

from tests.sources import test_amazon, test_believe, test_ddex_dsr, test_distrokid, test_merlin
from tests.sources.loading import Loaded, load, write
from tests.sources.test_dialects import zip_of

FILES: dict[str, bytes] = {
    test_ddex_dsr.NAME.format(1, 1): test_ddex_dsr.audio(
        test_ddex_dsr.ONE, test_ddex_dsr.block(2, "QZAAA2600002", "12")
    ).encode(),
    "ugc.tsv": test_ddex_dsr.ugc(
        test_ddex_dsr.VIEWS,
        ["SU03.02", "1", "U1", "", "V1", "10", "0.1", "20260301", "2026-03-15"],
    ).encode(),
    "distrokid-old.tsv": test_distrokid.LAYOUTS["old"],
    "distrokid-new.csv": test_distrokid.LAYOUTS["new"],
    "believe.csv": (test_believe.HEADER + test_believe.ROWS).encode(),
    "believe-ru.csv": (test_believe.RUSSIAN + test_believe.ROWS).encode(),
    "amazon.csv": (test_amazon.HEADER + test_amazon.row() + test_amazon.row(kind="D")).encode(),
    "deezer.csv": test_merlin.TRENDS.encode(),
    "vevo.csv": test_merlin.monthly(test_merlin.LAYOUTS[-3]).encode(),
}
DAMAGES = 60
INNOCENT = "store,period_start,period_end,isrc,artificial_streams\n"


def flipped(data: bytes, draw: random.Random) -> bytes:
    damaged = bytearray(data)
    for _ in range(draw.randint(1, 4)):
        damaged[draw.randrange(len(damaged))] ^= 1 << draw.randrange(8)
    return bytes(damaged)


def cut(data: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(data))
    return data[:start] + data[start + draw.randint(1, 200) :]


def short(data: bytes, draw: random.Random) -> bytes:
    return data[: draw.randrange(1, len(data))]


def swapped(data: bytes, draw: random.Random) -> bytes:
    """Return the rows with two of their cells in each other's place, the header as it was."""
    separator = max(b"\t;,", key=lambda one: data.count(bytes([one])))
    mark = bytes([separator])
    lines = data.split(b"\n")
    for at, line in enumerate(lines[1:], 1):
        cells = line.split(mark)
        if len(cells) > 2:
            one, other = draw.sample(range(len(cells)), 2)
            cells[one], cells[other] = cells[other], cells[one]
            lines[at] = mark.join(cells)
    return b"\n".join(lines)


def recoded(data: bytes, draw: random.Random) -> bytes:
    text = data.decode("utf-8", "replace")
    encoding = draw.choice(["utf-16", "utf-16-le", "cp1252", "cp1251", "utf-8-sig", "cp037"])
    return text.encode(encoding, "replace")


def glued(data: bytes, draw: random.Random) -> bytes:
    other = draw.choice(list(FILES.values()))
    return data + draw.choice([b"", b"\n", b"\0", b"\r"]) + other


def quoted(data: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(data))
    return data[:at] + draw.choice([b'"', b"\r", b"\\", b"|", b"\t", b"\n#", b"\xa0"]) + data[at:]


@pytest.mark.parametrize("damage", [flipped, cut, short, swapped, recoded, glued, quoted])
@pytest.mark.parametrize("name", FILES)
def test_no_damage_loses_a_row_in_silence(name: str, damage: FunctionType, tmp_path: Path) -> None:
    draw = random.Random(f"{name} {damage.__name__}")  # noqa: S311 damage, not secrets
    whole = told(read(tmp_path, name, FILES[name]))
    for _ in range(DAMAGES // len(FILES)):
        data = damage(FILES[name], draw)
        loaded = read(tmp_path, name, data)
        (file,) = (one for one in loaded.delivery.files if one.path.endswith(name))
        if file.refused or file.note:
            assert loaded.tables["period_streams"].is_empty()
            assert loaded.tables["royalties"].is_empty()
        if damage is short and told(loaded) != whole:
            # A table cut behind a row cannot be told from a shorter one; a message can.
            assert is_table_of_whole_rows(data) or file.refused or file.note


def is_table_of_whole_rows(data: bytes) -> bool:
    first, last = data.split(b"\n")[0], data.split(b"\n")[-1]
    separator = bytes([max(b"\t;,", key=lambda one: first.count(bytes([one])))])
    whole = not last or last.count(separator) >= first.count(separator)
    return whole and not data.startswith(b"HEAD")


def read(folder: Path, name: str, data: bytes) -> Loaded:
    """Deliver a file beside one that is good, so that something always comes in."""
    good = write(folder / "good.csv", "isrc\nQZAAA2600009\n")
    return load(write(folder / name, data), good)


def told(loaded: Loaded) -> list[tuple[object, ...]]:
    return sorted(loaded.tables["period_streams"].iter_rows(), key=str)


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: zip_of({"a.tsv": data})])
def test_packed_statements_may_be_damaged_too(pack: object, tmp_path: Path) -> None:
    assert callable(pack)
    draw = random.Random(7)  # noqa: S311 damage, not secrets
    packed = pack(FILES["believe.csv"])
    whole = told(read(tmp_path, "a.bin", packed))
    for _ in range(DAMAGES):
        loaded = read(tmp_path, "a.bin", flipped(packed, draw))
        if told(loaded) != whole:
            assert loaded.refused.height or loaded.delivery.notices
