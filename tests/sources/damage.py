"""Ways in which a text file gets damaged, drawn from a seed."""

import random
from collections.abc import Iterator


def damaged(text: str, how: str, chance: random.Random) -> bytes:
    """Return a text with flipped bytes, a cut, short lines, swapped words or another encoding."""
    if how == "bytes":
        data = bytearray(text.encode())
        for _ in range(chance.randint(1, 40)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        return bytes(data)
    if how == "cut":
        return text.encode()[: chance.randrange(len(text))]
    if how == "lines":
        lines = text.splitlines(keepends=True)
        for _ in range(5):
            at = chance.randrange(len(lines))
            lines[at] = lines[at][: chance.randrange(len(lines[at]))] + chance.choice(["", "\n"])
        return "".join(lines).encode()
    return text.encode(how)


def swapped(text: str, one: str, other: str) -> str:
    """Return a text in which two words stand in each other's place."""
    return text.replace(one, "\x00").replace(other, one).replace("\x00", other)


def damaged_copies(
    data: bytes, separator: str = ",", *, seed: int = 11, copies: int = 12
) -> Iterator[bytes]:
    """Yield copies of a text file with bytes flipped, lines cut, columns swapped, other encodings.

    Where the result is no report at all any more, the header may be what was hit.
    """
    draw = random.Random(seed)  # noqa: S311 damage, not secrets
    for _ in range(copies):
        flipped = bytearray(data)
        for _ in range(draw.randrange(1, 20)):
            flipped[draw.randrange(len(data) // 8, len(data))] ^= 1 << draw.randrange(8)
        yield bytes(flipped)
        yield data[: draw.randrange(len(data) // 2, len(data))]
        lines = data.split(b"\n")
        hit = draw.randrange(1, len(lines) - 1)
        lines[hit] = lines[hit][: draw.randrange(len(lines[hit]) + 1)]
        yield b"\n".join(lines)
        cells = data.split(b"\n")[hit].split(separator.encode())
        draw.shuffle(cells)
        lines[hit] = separator.encode().join(cells)
        yield b"\n".join(lines)
    text = data.decode()
    yield text.encode("utf-16")
    yield b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n")
    yield text.replace("u", "ü").encode("latin-1", "replace")
    yield data.replace(b"\n", b"\n\n")
    yield data + b"\0" * 64
