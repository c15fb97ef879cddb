"""Ways in which a text file gets damaged, drawn from a seed."""

import random


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
