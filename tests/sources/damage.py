"""Report files damaged in the ways in which files get damaged, the same ones each time."""

import random
from collections.abc import Iterator


def damaged(
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
