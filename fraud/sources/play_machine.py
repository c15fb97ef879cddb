"""What is compiled to machine code, by Numba: the way through lines of JSON all laid out alike.

It knows bytes, cells and numbers, and nothing of what a word means. It is imported for large files
only.
"""

from typing import Any, Literal

import numpy as np
from numba import types

from fraud.compiled import compiled, inlined

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
"""Numbers a slot of the table has: the first 32 bytes of a word, a hash of the others, what else
tells it, its place among all words, its number within the column; 0 = the slot is free."""
NULL, CUT = np.uint64(1 << 16), np.uint64(1 << 17)
"""Beside a word's length: it is no text but null; it is only the beginning of a text."""

_TOLD, _EIGHT = 32, 8
_ONE, _SEVEN = np.uint64(1), np.uint64(7)
_EACH, _HIGH = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_QUOTES, _BACKSLASHES, _SPACES = (np.uint64(ord(of) * 0x0101010101010101) for of in '"\\ ')
_ODDLY, _EVENLY = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
COLUMN_SHIFT, WITHIN_SHIFT, _HASH_SHIFT = np.uint64(18), np.uint64(32), np.uint64(29)
_SLOT_SHIFT, _LENGTH, _NONE = np.uint64(20), np.uint64(0xFFFF), np.uint64(0)
_QUOTE, _ZERO, _NINE, _LF = (np.uint8(ord(of)) for of in '"09\n')
_N, _U, _L = (np.uint8(ord(of)) for of in "nul")
_MOST_DIGITS = 15


def _read(of: Any, *, unaligned: bool = False) -> Any:
    layout: Literal["A", "C"] = "A" if unaligned else "C"
    return types.Array(of, 1, layout, readonly=True, aligned=not unaligned)


_TEXT, _EIGHTS = _read(types.uint8), _read(types.uint64, unaligned=True)
_LONGS_READ, _LONGS = _read(types.int64), types.int64[::1]


@inlined
def _ended(word: Any) -> Any:
    """Return a bit for each byte up to which a text goes no further: a quote, or what is odd."""
    quote, backslash = word ^ _QUOTES, word ^ _BACKSLASHES
    found = (quote - _EACH) & ~quote | (backslash - _EACH) & ~backslash | (word - _SPACES) & ~word
    return (found | word) & _HIGH


@inlined
def _zeros(bit: Any) -> Any:
    """Return how many whole bytes lie below a bit."""
    count = np.int64(0)
    if bit & np.uint64(0x00000000FFFFFFFF) == 0:
        count, bit = count + 4, bit >> np.uint64(32)
    if bit & np.uint64(0x000000000000FFFF) == 0:
        count, bit = count + 2, bit >> np.uint64(16)
    if bit & np.uint64(0x00000000000000FF) == 0:
        count += 1
    return count


@inlined
def _mask(length: Any) -> Any:
    """Return the bits of the first bytes of eight."""
    kept = min(max(length, 0), _EIGHT)
    return (_ONE << np.uint64(8 * kept)) - _ONE if kept < _EIGHT else ~np.uint64(0)


@inlined
def _mixed(value: Any, more: Any, oddly: Any) -> Any:
    mixed = (value ^ more) * oddly
    return mixed ^ (mixed >> _HASH_SHIFT)


@compiled(_TEXT, _EIGHTS, types.int64)
def _eight(text: Any, eights: Any, at: Any) -> Any:
    """Return eight bytes as a number, zeros for what lies behind the text."""
    if at + _EIGHT <= text.size:
        return eights[at]
    word = np.uint64(0)
    for place in range(text.size - at):
        word |= np.uint64(text[at + place]) << np.uint64(8 * place)
    return word


@compiled(
    _TEXT,
    _EIGHTS,
    types.int64,
    _TEXT,
    _EIGHTS,
    _LONGS_READ,
    _LONGS_READ,
    _LONGS_READ,
    types.int64[:, ::1],
    types.uint64[:, ::1],
    types.int64,
)
def _cells(  # noqa: C901, PLR0911, PLR0912, PLR0917 one pass over the bytes
    text: Any,
    eights: Any,
    position: Any,
    between: Any,
    between_eights: Any,
    between_ends: Any,
    roles: Any,
    longest: Any,
    begins: Any,
    kinds: Any,
    row: Any,
) -> Any:
    """Find the cells of a line; return where the next begins, -1 where anything is odd."""
    size, width, at = text.size, roles.size, np.int64(0)
    for cell in range(width + 1):
        # What stands before the cell, or after the last.
        end = between_ends[cell]
        if position + (end - at) >= size:
            return -1
        while at + _EIGHT <= end and position + _EIGHT <= size:
            if eights[position] != between_eights[at]:
                return -1
            at, position = at + _EIGHT, position + _EIGHT
        while at < end:
            if text[position] != between[at]:
                return -1
            at, position = at + 1, position + 1
        if cell == width:
            break
        kind, begin = np.uint64(0), position
        if text[position] == _QUOTE:
            position += 1
            begin = position
            found = np.uint64(0)
            while found == 0:
                found = _ended(_eight(text, eights, position))
                position += _zeros((found & (~found + _ONE)) >> _SEVEN) if found else _EIGHT
            length = position - begin
            if position >= size or text[position] != _QUOTE:
                return -1
            position += 1
        elif text[position] == _N:
            length = np.int64(0)
            if position + 4 > size or text[position + 1] != _U:
                return -1
            if text[position + 2] != _L or text[position + 3] != _L:
                return -1
            kind, position = NULL, position + 4
        else:
            while position < size and _ZERO <= text[position] <= _NINE:
                position += 1
            length = position - begin
            if length == 0 or length > _MOST_DIGITS or (length > 1 and text[begin] == _ZERO):
                return -1
        if roles[cell] >= 0:
            if length > longest[cell]:
                length = longest[cell]
                kind |= CUT
            if length > LONGEST_WORD:
                return -1
            begins[roles[cell], row] = begin
            kinds[roles[cell], row] = kind | np.uint64(length)
    if position >= size or text[position] != _LF:
        return -1
    return position + 1


@compiled(
    _TEXT,
    _EIGHTS,
    types.int64[::1],
    types.uint64[::1],
    types.int64,
    types.int64,
    types.uint64[:, ::1],
    types.uint8[::1],
    _LONGS,
    types.uint64[:, ::1],
    _LONGS,
    _LONGS,
    types.uint32[::1],
)
def _look_up(  # noqa: PLR0917
    text: Any,
    eights: Any,
    begins: Any,
    kinds: Any,
    rows: Any,
    column: Any,
    slots: Any,
    held: Any,
    starts: Any,
    words: Any,
    sizes: Any,
    progress: Any,
    numbers: Any,
) -> None:
    """Number the words of a column: those of many rows at a time, as memory is slow to answer."""
    last_slot, of_column = len(slots) - 1, np.uint64(column) << COLUMN_SHIFT
    for row in range(rows):
        begin, kind = begins[row], kinds[row] | of_column
        length = np.int64(kind & _LENGTH)
        first = _eight(text, eights, begin) & _mask(length)
        second = _eight(text, eights, begin + 8) & _mask(length - 8) if length > 8 else _NONE
        third = _eight(text, eights, begin + 16) & _mask(length - 16) if length > 16 else _NONE
        fourth = _eight(text, eights, begin + 24) & _mask(length - 24) if length > 24 else _NONE
        rest = _NONE
        for at in range(_TOLD, length, _EIGHT):
            word = _eight(text, eights, begin + at) & _mask(length - at)
            rest = _mixed(rest, word, _ODDLY)
        mixed = _mixed(first, kind, _ODDLY) ^ second * _EVENLY
        mixed = _mixed(mixed, third, _EVENLY) ^ fourth * _ODDLY
        mixed = _mixed(mixed, rest, _EVENLY)
        slot = np.int64(mixed >> _SLOT_SHIFT) & last_slot
        while slots[slot, 7] != 0:
            is_same = (
                slots[slot, 0] == first
                and slots[slot, 1] == second
                and slots[slot, 2] == third
                and slots[slot, 3] == fourth
                and slots[slot, 4] == rest
                and slots[slot, 5] == kind
            )
            if is_same and length > _TOLD:
                held_at = starts[np.int64(slots[slot, 6])]
                for place in range(length):
                    is_same &= held[held_at + place] == text[begin + place]
            if is_same:
                break
            slot = (slot + 1) & last_slot
        if slots[slot, 7] == 0:
            word_at, used = progress[WORDS], progress[BYTES]
            sizes[column] += 1
            slots[slot, 0], slots[slot, 1], slots[slot, 2] = first, second, third
            slots[slot, 3], slots[slot, 4], slots[slot, 5] = fourth, rest, kind
            slots[slot, 6], slots[slot, 7] = np.uint64(word_at), np.uint64(sizes[column])
            words[word_at, 0], words[word_at, 1] = kind, mixed
            for place in range(length):
                held[used + place] = text[begin + place]
            progress[WORDS], progress[BYTES] = word_at + 1, used + length
            starts[word_at + 1] = used + length
        numbers[row] = np.uint32(slots[slot, 7])


@compiled(
    _TEXT,
    _EIGHTS,
    _LONGS,
    _TEXT,
    _EIGHTS,
    _LONGS_READ,
    _LONGS_READ,
    _LONGS_READ,
    _LONGS_READ,
    types.uint64[:, ::1],
    types.uint8[::1],
    _LONGS,
    types.uint64[:, ::1],
    _LONGS,
    types.uint32[:, ::1],
)
def scan(  # noqa: PLR0917
    text: Any,
    eights: Any,
    progress: Any,
    between: Any,
    between_eights: Any,
    between_ends: Any,
    roles: Any,
    within: Any,
    longest: Any,
    slots: Any,
    held: Any,
    starts: Any,
    words: Any,
    sizes: Any,
    numbers: Any,
) -> Any:
    """Read lines from `progress` on into `numbers`; return how that ended.

    `eights` is the text as numbers of eight bytes, one from each byte on. `between` is what stands
    between the cells of a line, up to `between_ends`. `roles` say of each cell which column of
    words it is, `within` of each column with which one before it a word is one, and `longest` how
    many bytes of a cell are looked at. Words are held one behind the other in `held` from `starts`
    on, `words` has the length and column of each, the word that it is one with, and its hash,
    `sizes` how many words each column has.
    """
    width = within.size
    begins, kinds = np.empty((width, ROWS), np.int64), np.empty((width, ROWS), np.uint64)
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
                between_eights,
                between_ends,
                roles,
                longest,
                begins,
                kinds,
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
                rows,
                column,
                slots,
                held,
                starts,
                words,
                sizes,
                progress,
                numbers[column, first:],
            )
        progress[POSITION], progress[ROW] = position, first + rows
    return DONE


@compiled(types.uint64[:, ::1], types.uint64[:, ::1], types.uint64[:, ::1])
def move(slots: Any, words: Any, larger: Any) -> None:
    """Put the words of a table into a larger one, which is free."""
    last_slot = len(larger) - 1
    for slot in range(len(slots)):
        if slots[slot, 7] != 0:
            mixed = words[np.int64(slots[slot, 6]), 1]
            to = np.int64(mixed >> _SLOT_SHIFT) & last_slot
            while larger[to, 7] != 0:
                to = (to + 1) & last_slot
            for place in range(SLOT):
                larger[to, place] = slots[slot, place]
