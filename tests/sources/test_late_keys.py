"""Keys that are null in the first rows of NDJSON are found wherever they first stand."""

import pytest

from fraud.sources.ndjson_rows import SAMPLED_LINES, keys

KNOWN = frozenset({"isrc", "artist", "store"})
FIRST = SAMPLED_LINES * b'{"source": "artist"}\n'


@pytest.mark.parametrize(
    ("later", "found"),
    [
        (b'{"isrc": "QZAAA2600001"}', ["isrc"]),
        (b'{"store" \t:"x", "isrc":null}', ["isrc", "store"]),
        (b'{"isrc": "Caf\xe9"}', ["isrc"]),
        (b'{"source": "isrc", "store_id": "artist"}', []),
    ],
)
def test_a_known_key_is_one_wherever_it_stands_and_a_word_like_it_is_none(
    later: bytes, found: list[str]
) -> None:
    assert keys(FIRST + later, KNOWN) == ["source", *found]


def test_keys_are_not_looked_for_one_by_one_where_none_of_them_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("re.search", lambda *_: pytest.fail("each was looked for"))
    assert keys(FIRST + b'{"source": "isrc"}', KNOWN) == ["source"]
