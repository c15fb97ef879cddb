"""Names as an eye reads them: what two spellings share though their letters differ.

Look-alike letters are those of Unicode's confusables (UTS #39), as the package
confusable-homoglyphs holds them.
"""

import re
import unicodedata
from functools import cache

from confusable_homoglyphs import confusables  # type: ignore[import-untyped]

ASCII = "abcdefghijklmnopqrstuvwxyz0123456789"
VERSIONS = (
    "sped up",
    "speed up",
    "spedup",
    "slowed",
    "slowed down",
    "slowed reverb",
    "slowed and reverb",
    "nightcore",
    "daycore",
    "8d",
    "8d audio",
    "reverb",
    "tiktok version",
    "tiktok remix",
    "karaoke",
    "karaoke version",
    "instrumental version",
    "cover",
    "tribute",
    "type beat",
)
"""What is put behind another's title; what a label releases itself stays in its own account."""
HANGERS_ON = (
    "official",
    "music",
    "topic",
    "band",
    "vevo",
    "archive",
    "records",
    "beats",
    "type beat",
    "karaoke",
    "tribute",
    "tribute band",
    "covers",
    "remix",
    "remixes",
    "sped up",
    "slowed",
    "nightcore",
    "fans",
)
"""What is put behind another's name."""
_CAPITAL_I = re.compile(r"(?<=[a-z])I(?=[a-z])")
"""A capital I within a word of small letters is there to be read as l."""
_TAKEN_FOR_ANOTHER = re.compile(rf"[01|]|{_CAPITAL_I.pattern}")
_NOT_WORD = re.compile(r"[^\w]+")


@cache
def _look_alikes() -> dict[int, str]:
    """Return the letters and digits of ASCII that other signs can be taken for."""
    found = {}
    for sign, others in confusables.confusables_data.items():
        if len(sign) != 1 or sign.isascii():
            continue
        plain = sorted(
            other["c"].casefold()
            for other in others
            if len(other["c"]) == 1 and other["c"].isascii()
        )
        letters = [letter for letter in plain if letter in ASCII]
        if letters:
            found[ord(sign)] = letters[-1]
    return found | {ord("0"): "o", ord("1"): "l", ord("|"): "l"}


def written(name: str) -> str:
    """Return a name without what nobody tells apart: case, width, accents, spaces, punctuation."""
    if not name.isascii():
        decomposed = unicodedata.normalize("NFKD", name)
        name = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return _NOT_WORD.sub(" ", name.casefold()).strip()


def seen(name: str) -> str:
    """Return a name as the eye reads it: look-alike letters are one."""
    if name.isascii() and not _TAKEN_FOR_ANOTHER.search(name):
        return written(name)
    table = _look_alikes()
    plain = _CAPITAL_I.sub("l", unicodedata.normalize("NFC", name)).translate(table)
    return written(plain).translate(table)


def without_version(title: str) -> tuple[str, str]:
    """Return a title (as `written`) without what marks it as a version, and that mark or ''."""
    return _without_ending(title, VERSIONS)


def without_hanger_on(name: str) -> tuple[str, str]:
    """Return a name (as `written`) without what hangs on another's, and that or ''."""
    return _without_ending(name, HANGERS_ON)


def _without_ending(text: str, endings: tuple[str, ...]) -> tuple[str, str]:
    words = text.split(" ")
    for count in (3, 2, 1):
        ending = " ".join(words[-count:])
        if len(words) > count and ending in endings:
            return " ".join(words[:-count]), ending
    return text, ""
