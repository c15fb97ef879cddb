"""What is compiled to machine code, by Numba: the way through lines of JSON all laid out alike.

It knows bytes, cells and numbers, and nothing of what a word means. It is imported for large files
only.
"""

from typing import Any

import numpy as np
from numba import types

from fraud.compiled import compiled, inlined, read_only

LONGEST_WORD = 200
"""Bytes; a cell with more is left to the careful way."""
IGNORED = -1
"""What a column is that nothing is read of."""
DONE, ODD, FULL = 0, 1, 2
"""How a scan ends: at the end, at what it does not take, where there is no room for more words."""
POSITION, ROW, WORDS, BYTES = range(4)
"""What `progress` holds: where the next line begins, its number, how many words, their bytes."""
ROWS = 1024
"""So many lines are read at a time."""
SLOT = 8
"""Numbers a slot of the table has: the first 32 bytes of a word, its hash, what else tells it, its
number within the column (0 = the slot is free), its place among all words."""
NULL, CUT = np.uint64(1 << 16), np.uint64(1 << 17)
"""Beside a word's length: it is no text but null; it is only the beginning of a text."""

_TOLD, _EIGHT = 32, 8
_ONE, _SEVEN, _HIGHEST = np.uint64(1), np.uint64(7), np.uint64(56)
_EACH, _HIGH = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_QUOTES, _BACKSLASHES, _SPACES = (np.uint64(ord(of) * 0x0101010101010101) for of in '"\\ ')
_ODDLY, _EVENLY = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
COLUMN_SHIFT, WITHIN_SHIFT, _HASH_SHIFT = np.uint64(18), np.uint64(32), np.uint64(29)
_SLOT_SHIFT, _LENGTH = np.uint64(20), np.uint64(0xFFFF)
_QUOTE, _ZERO, _NINE, _LF = (np.uint8(ord(of)) for of in '"09\n')
_N, _U, _L = (np.uint8(ord(of)) for of in "nul")
_MOST_DIGITS = 15

_TEXT, _EIGHTS = read_only(types.uint8), read_only(types.uint64, from_any_byte=True)
_LONGS_READ, _LONGS = read_only(types.int64), types.int64[::1]


@inlined
def _ended(word: Any) -> Any:
    """Return a bit for each byte up to which a text goes no further: a quote, or what is odd."""
    quote, backslash = word ^ _QUOTES, word ^ _BACKSLASHES
    found = (quote - _EACH) & ~quote | (backslash - _EACH) & ~backslash | (word - _SPACES) & ~word
    return (found | word) & _HIGH


@inlined
def _whole(below: Any) -> Any:
    """Return how many whole bytes a number of ones has."""
    return np.int64(((below & _EACH) * _EACH) >> _HIGHEST)


@inlined
def _mask(length: Any) -> Any:
    """Return the bits of the first bytes of eight."""
    kept = min(max(length, 0), _EIGHT)
    return (_ONE << np.uint64(8 * kept)) - _ONE if kept < _EIGHT else ~np.uint64(0)


@inlined
def _mixed(value: Any, more: Any, oddly: Any) -> Any:
    mixed = (value ^ more) * oddly
    return mixed ^ (mixed >> _HASH_SHIFT)


@inlined
def _eight(text: Any, eights: Any, at: Any) -> Any:
    """Return eight bytes as a number, zeros for what lies behind the text."""
    behind = at + _EIGHT - text.size
    if behind <= 0:
        # An unsigned number is never a place from the end.
        return eights[np.uint64(at)]
    if behind >= _EIGHT:
        return np.uint64(0)
    return eights[np.uint64(text.size - _EIGHT)] >> np.uint64(8 * behind)


@compiled(_TEXT, _EIGHTS, types.int64, types.int64, allocates=False)
def _hash(text: Any, eights: Any, begin: Any, length: Any) -> Any:
    """Return a hash of some bytes."""
    mixed, at = np.uint64(0), np.int64(0)
    while at + _EIGHT <= length:
        mixed = _mixed(mixed, _eight(text, eights, begin + at), _ODDLY)
        at += _EIGHT
    return _mixed(mixed, _eight(text, eights, begin + at) & _mask(length - at), _ODDLY)


@compiled(
    _TEXT,
    _EIGHTS,
    types.int64,
    types.uint64[:, ::1],
    _LONGS_READ,
    _LONGS_READ,
    _LONGS_READ,
    types.int64[:, ::1],
    types.uint64[:, ::1],
    types.uint64[:, ::1],
    types.int64,
    allocates=False,
)
def _cells(  # noqa: C901, PLR0911, PLR0912, PLR0915, PLR0917 one pass over the bytes
    text: Any,
    eights: Any,
    position: Any,
    between: Any,
    between_sizes: Any,
    roles: Any,
    longest: Any,
    begins: Any,
    kinds: Any,
    hashes: Any,
    row: Any,
) -> Any:
    """Find the cells of a line; return where the next begins, -1 where anything is odd."""
    size, width, at = text.size, roles.size, np.int64(0)
    for cell in range(width + 1):
        # What stands before the cell, or after the last.
        to = position + between_sizes[cell]
        if to >= size:
            return -1
        while position < to:
            if (_eight(text, eights, position) ^ between[at, 0]) & between[at, 1] != 0:
                return -1
            at, position = at + 1, position + _EIGHT
        position = to
        if cell == width:
            break
        kind, begin, mixed = np.uint64(0), position, np.uint64(0)
        first = text[position]
        if first == _QUOTE:
            position += 1
            begin = position
            word = _eight(text, eights, position)
            found = _ended(word)
            while found == 0:
                mixed = _mixed(mixed, word, _ODDLY)
                position += _EIGHT
                word = _eight(text, eights, position)
                found = _ended(word)
            below = ((found & (~found + _ONE)) >> _SEVEN) - _ONE
            mixed = _mixed(mixed, word & below, _ODDLY)
            position += _whole(below)
            length = position - begin
            if position >= size or text[position] != _QUOTE:
                return -1
            position += 1
        elif first == _N:
            length = np.int64(0)
            if position + 4 > size or text[position + 1] != _U:
                return -1
            if text[position + 2] != _L or text[position + 3] != _L:
                return -1
            kind, position = NULL, position + 4
            mixed = _mixed(mixed, mixed, _ODDLY)
        else:
            while position < size and _ZERO <= text[position] <= _NINE:
                position += 1
            length = position - begin
            if length == 0 or length > _MOST_DIGITS or (length > 1 and first == _ZERO):
                return -1
            mixed = _hash(text, eights, begin, length)
        role = roles[cell]
        if role >= 0:
            if length > longest[cell]:
                length = longest[cell]
                kind |= CUT
                mixed = _hash(text, eights, begin, length)
            if length > LONGEST_WORD:
                return -1
            begins[role, row] = begin
            kinds[role, row] = kind | np.uint64(length)
            hashes[role, row] = mixed
    if position >= size or text[position] != _LF:
        return -1
    return position + 1


@inlined
def _told(text: Any, eights: Any, begin: Any, length: Any) -> Any:
    """Return four numbers that tell up to 32 bytes, and the first and last of more.

    The last of them are the last eight bytes, which may have been among those before.
    """
    first = _eight(text, eights, begin)
    if length < _EIGHT:
        first &= (_ONE << np.uint64(8 * length)) - _ONE
        return first, np.uint64(0), np.uint64(0), np.uint64(0)
    last = begin + length - _EIGHT
    second = eights[np.uint64(min(begin + 8, last))]
    third = eights[np.uint64(min(begin + 16, last))]
    return first, second, third, eights[np.uint64(min(begin + 24, last))]


@compiled(
    _TEXT,
    _EIGHTS,
    types.int64[::1],
    types.uint64[::1],
    types.uint64[::1],
    types.int64,
    types.int64,
    types.uint64[:, ::1],
    types.uint8[::1],
    _LONGS,
    types.uint64[::1],
    _LONGS,
    _LONGS,
    types.uint32[::1],
    allocates=False,
)
def _look_up(  # noqa: PLR0917
    text: Any,
    eights: Any,
    begins: Any,
    kinds: Any,
    hashes: Any,
    rows: Any,
    column: Any,
    slots: Any,
    held: Any,
    starts: Any,
    kinds_of_words: Any,
    sizes: Any,
    progress: Any,
    numbers: Any,
) -> None:
    """Number the words of a column: those of many rows at a time, as memory is slow to answer."""
    last_slot, of_column = np.uint64(len(slots) - 1), np.uint64(column) << COLUMN_SHIFT
    for row in range(rows):
        # All slots are asked for before the first is looked at: their answers come side by side.
        mixed = _mixed(hashes[row], kinds[row] | of_column, _EVENLY)
        hashes[row] = mixed
        numbers[row] = np.uint32(slots[(mixed >> _SLOT_SHIFT) & last_slot, 6])
    for row in range(rows):
        begin, kind, mixed = begins[row], kinds[row] | of_column, hashes[row]
        length = np.int64(kind & _LENGTH)
        first, second, third, fourth = _told(text, eights, begin, length)
        slot = (mixed >> _SLOT_SHIFT) & last_slot
        number = slots[slot, 6]
        while number != 0:
            differs = (slots[slot, 0] ^ first) | (slots[slot, 1] ^ second)
            differs |= (slots[slot, 2] ^ third) | (slots[slot, 3] ^ fourth)
            differs |= (slots[slot, 4] ^ mixed) | (slots[slot, 5] ^ kind)
            if differs == 0:
                is_same, held_at = True, np.int64(0)
                if length > _TOLD:
                    held_at = starts[slots[slot, 7]]
                for place in range(_TOLD, length):
                    is_same &= held[held_at + place] == text[begin + place]
                if is_same:
                    break
            slot = (slot + _ONE) & last_slot
            number = slots[slot, 6]
        if number == 0:
            word_at, used = progress[WORDS], progress[BYTES]
            sizes[column] += 1
            number = np.uint64(sizes[column])
            slots[slot, 0], slots[slot, 1], slots[slot, 2] = first, second, third
            slots[slot, 3], slots[slot, 4], slots[slot, 5] = fourth, mixed, kind
            slots[slot, 6], slots[slot, 7] = number, np.uint64(word_at)
            kinds_of_words[word_at] = kind
            for place in range(length):
                held[used + place] = text[begin + place]
            progress[WORDS], progress[BYTES] = word_at + 1, used + length
            starts[word_at + 1] = used + length
        numbers[row] = np.uint32(number)


@compiled(
    _TEXT,
    _EIGHTS,
    _LONGS,
    types.uint64[:, ::1],
    _LONGS_READ,
    _LONGS_READ,
    _LONGS_READ,
    _LONGS_READ,
    types.uint64[:, ::1],
    types.uint8[::1],
    _LONGS,
    types.uint64[::1],
    _LONGS,
    types.int64[:, ::1],
    types.uint64[:, ::1],
    types.uint64[:, ::1],
    types.uint32[:, ::1],
    allocates=False,
)
def scan(  # noqa: PLR0917
    text: Any,
    eights: Any,
    progress: Any,
    between: Any,
    between_sizes: Any,
    roles: Any,
    within: Any,
    longest: Any,
    slots: Any,
    held: Any,
    starts: Any,
    kinds_of_words: Any,
    sizes: Any,
    begins: Any,
    kinds: Any,
    hashes: Any,
    numbers: Any,
) -> Any:
    """Read lines from `progress` on into `numbers`; return how that ended.

    `eights` is the text as numbers of eight bytes, one from each byte on. `between` is what stands
    between the cells of a line, eight bytes with a mask of those that count, `between_sizes` how
    many bytes stand before each cell. `roles` say of each cell which column of
    words it is, `within` of each column with which one before it a word is one, and `longest` how
    many bytes of a cell are looked at. Words are held one behind the other in `held` from `starts`
    on, `kinds_of_words` has the length and column of each, and the word that it is one with,
    `sizes` how many words each column has.
    """
    width = within.size
    while progress[POSITION] < text.size:
        more = width * ROWS
        is_full = 2 * (progress[WORDS] + more) > len(slots)
        if is_full or progress[BYTES] + more * LONGEST_WORD > held.size:
            return FULL
        position, rows = progress[POSITION], np.int64(0)
        while rows < ROWS and position < text.size:
            position = _cells(
                text,
                eights,
                position,
                between,
                between_sizes,
                roles,
                longest,
                begins,
                kinds,
                hashes,
                rows,
            )
            if position < 0:
                return ODD
            rows += 1
        first = progress[ROW]
        for column in range(width):
            if within[column] >= 0:
                for row in range(rows):
                    beside = np.uint64(numbers[within[column], first + row])
                    kinds[column, row] |= beside << WITHIN_SHIFT
            _look_up(
                text,
                eights,
                begins[column],
                kinds[column],
                hashes[column],
                rows,
                column,
                slots,
                held,
                starts,
                kinds_of_words,
                sizes,
                progress,
                numbers[column, first:],
            )
        progress[POSITION], progress[ROW] = position, first + rows
    return DONE


@compiled(types.uint64[:, ::1], types.uint64[:, ::1], allocates=False)
def move(slots: Any, larger: Any) -> None:
    """Put the words of a table into a larger one, which is free."""
    last_slot = np.uint64(len(larger) - 1)
    for slot in range(len(slots)):
        if slots[slot, 6] != 0:
            to = (slots[slot, 4] >> _SLOT_SHIFT) & last_slot
            while larger[to, 6] != 0:
                to = (to + _ONE) & last_slot
            for place in range(SLOT):
                larger[to, place] = slots[slot, place]
