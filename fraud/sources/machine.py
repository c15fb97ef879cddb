"""What is compiled to machine code, by Numba: the way through the bytes of a table's rows.

It knows bytes, columns and numbers, and nothing of what a word means. It is imported for large
files only.
"""

from typing import Any

import numpy as np
from numba import types

from fraud.compiled import compiled, inlined, read_only

LONGEST_WORD = 200
"""Bytes; a cell with more is left to the careful way."""
COUNT, IGNORED, EMPTY = -1, -2, -3
"""What a column is that is none of words: counts, passed over, of empty cells only."""
DONE, ODD, FULL = 0, 1, 2
"""How a scan ends: at the end, at what it does not take, where there is no room for more words."""
POSITION, ROW, WORDS, BYTES = range(4)
"""What `progress` holds: where the next row begins, its number, how many words, their bytes."""
SLOT = 4
"""Numbers a slot of the table has: the first eight bytes of a word, the others, its column and
length, its number within the column; 0 = the slot is free."""
DOUBT = np.uint64(1 << 31)
"""Marks the number of a word with which a row is not taken."""

_EACH, _HIGH, _ZEROS, _NO_DIGITS = (
    np.uint64(of * 0x0101010101010101) for of in (0x01, 0x80, 0x30, 0x76)
)
_PAIRS = np.uint64(0x000000FF000000FF)
_PLACES = np.uint64(0x0001020304050607)
_ODDLY, _EVENLY = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_ONE, _SEVEN, _SHIFT, _TAG_SHIFT, _TAG_BITS = (np.uint64(of) for of in (1, 7, 56, 32, 40))
_TAG = np.uint64((1 << 40) - 1)
_WORD, _TOLD = 8, 16
"""A word of up to so many bytes is told by its slot alone; of a longer one they are compared."""
_CR, _LF, _SPACE, _QUOTE = (np.uint8(of) for of in (13, 10, 32, 34))

_TEXT, _EIGHTS = read_only(types.uint8), read_only(types.uint64, from_any_byte=True)
_SLOTS, _LONGS, _LONGS_READ = types.uint64[:, ::1], types.int64[::1], read_only(types.int64)


@inlined
def _hash(first: Any, rest: Any, tag: Any) -> Any:
    mixed = (first ^ (rest * _EVENLY + tag)) * _ODDLY
    return (mixed ^ (mixed >> np.uint64(29))) * _EVENLY


@inlined
def _shift(slots: Any) -> Any:
    """Return how far a hash is shifted to become a place in a table."""
    shift = np.uint64(64)
    while slots > 1:
        slots, shift = slots >> 1, shift - _ONE
    return shift


@inlined
def _first(word: Any, one: Any, other: Any) -> Any:
    """Return a bit at the start of the first byte that is one of two, 0 where there is none."""
    differs, differs_too = word ^ one, word ^ other
    high = ((differs - _EACH) & ~differs | (differs_too - _EACH) & ~differs_too) & _HIGH
    return (high & (~high + _ONE)) >> _SEVEN


@inlined
def _place(bit: Any) -> Any:
    """Return in which byte a bit at its start is."""
    return np.int64((bit * _PLACES) >> _SHIFT)


@inlined
def _short(first: Any, rest: Any, separators: Any, ends: Any) -> Any:
    """Return the bytes of a cell and their number, which is 16 where it has no end among these."""
    end, end_of_rest = _first(first, separators, ends), _first(rest, separators, ends)
    length = _place(end)
    length_of_rest = _place(end_of_rest) + _WORD if end_of_rest else _TOLD
    # Without an end a mask is of all bits. None of this is a branch in the machine.
    return (
        first & (end - _ONE),
        np.uint64(0) if end else rest & (end_of_rest - _ONE),
        length if end else length_of_rest,
    )


@compiled(_TEXT, types.int64, types.uint8, types.uint8)
def _long(text: Any, at: Any, separator: Any, line_end: Any) -> Any:
    """Return the first bytes of a cell, what is made of the others, and their number."""
    length = np.int64(0)
    first = rest = word = np.uint64(0)
    while at + length < text.size:
        byte = text[at + length]
        if byte == separator or byte == line_end:  # noqa: PLR1714, SIM109 compiled as it is
            break
        word |= np.uint64(byte) << np.uint64(_WORD * (length % _WORD))
        length += 1
        if length == _WORD:
            first, word = word, np.uint64(0)
        elif length % _WORD == 0:
            rest, word = (rest * _ODDLY) ^ word, np.uint64(0)
    if length < _WORD:
        first = word
    elif length % _WORD:
        rest = (rest * _ODDLY) ^ word
    return first, rest, length


@inlined
def _count(first: Any, length: Any) -> Any:
    """Return the number that up to eight digits are, -1 for what is none.

    Digits are added up in pairs, the pairs in fours, and the fours.
    """
    up = np.uint64(_WORD * (_WORD - length))
    digits = (first << up) ^ (_ZEROS << up)
    is_none = ((digits + _NO_DIGITS) | digits) & _HIGH
    pairs = digits * np.uint64(10) + (digits >> np.uint64(8))
    upper = (pairs & _PAIRS) * np.uint64(0x000F424000000064)
    lower = ((pairs >> np.uint64(16)) & _PAIRS) * np.uint64(0x0000271000000001)
    return np.int64(-1) if is_none else np.int64((upper + lower) >> np.uint64(32))


@compiled(_TEXT, types.int64, types.int64)
def _is_spoilt(text: Any, start: Any, end: Any) -> Any:
    is_spoilt = False
    for place in range(start, end):
        is_spoilt |= (text[place] < _SPACE) | (text[place] == _QUOTE)
    return is_spoilt


@compiled(_TEXT, types.int64, types.int64, types.uint8[::1], types.int64)
def _is_same(text: Any, start: Any, length: Any, held: Any, at: Any) -> Any:
    is_same = True
    for place in range(length):
        is_same &= held[at + place] == text[start + place]
    return is_same


@compiled(
    _TEXT,
    _EIGHTS,
    _LONGS,
    _LONGS_READ,
    read_only(types.boolean),
    types.uint8,
    types.uint8,
    _SLOTS,
    types.uint8[::1],
    _LONGS,
    types.uint8[::1],
    _LONGS,
    types.uint32[:, ::1],
    _LONGS,
)
def scan(  # noqa: C901, PLR0912, PLR0915, PLR0917 one pass over the bytes; calls would double it
    text: Any,
    eights: Any,
    progress: Any,
    roles: Any,
    required: Any,
    separator: Any,
    line_end: Any,
    slots: Any,
    held: Any,
    starts: Any,
    columns: Any,
    sizes: Any,
    numbers: Any,
    counts: Any,
) -> int:
    """Read rows from `progress` on into `numbers` and `counts`; return how that ended.

    `eights` is the text as numbers of eight bytes, one from each byte on. `roles` say what each
    column is: `COUNT`, `IGNORED`, `EMPTY` or its place among the columns of words, where `required`
    says whether a cell may be empty. The words are held one behind the other in `held` from
    `starts` on, `columns` has the column of each, `sizes` how many words each column has.
    """
    separators, ends = np.uint64(separator) * _EACH, np.uint64(line_end) * _EACH
    shift, last_slot = _shift(len(slots)), np.uint64(len(slots) - 1)
    width, size = roles.size, text.size
    position, row, words, used = progress[0], progress[1], progress[2], progress[3]
    ended = DONE
    while position < size and ended == DONE:
        begin = position
        is_full = (words + width) * 2 >= len(slots) or words + width >= starts.size
        if is_full or used + width * LONGEST_WORD > held.size:
            ended = FULL
        for column in range(width):
            role, start = roles[column], position
            if ended != DONE:
                break
            length = np.int64(_TOLD)
            if position + _TOLD <= size:
                first, rest, length = _short(
                    eights[position], eights[position + _WORD], separators, ends
                )
            if length == _TOLD:
                first, rest, length = _long(text, position, separator, line_end)
            position += length
            if role >= 0:
                number = np.uint64(0)
                if length > LONGEST_WORD or (length == 0 and required[role]):
                    ended = ODD
                elif length > 0:
                    tag = (np.uint64(role) << _TAG_SHIFT) | np.uint64(length)
                    slot = _hash(first, rest, tag) >> shift
                    number = slots[slot, 3]
                    while number != 0 and (
                        slots[slot, 0] != first
                        or slots[slot, 1] != rest
                        or slots[slot, 2] & _TAG != tag
                        or (
                            length > _TOLD
                            and not _is_same(
                                text, start, length, held, starts[slots[slot, 2] >> _TAG_BITS]
                            )
                        )
                    ):
                        slot = (slot + _ONE) & last_slot
                        number = slots[slot, 3]
                    if number == 0:
                        sizes[role] += 1
                        number = np.uint64(sizes[role])
                        slots[slot, 0], slots[slot, 1], slots[slot, 3] = first, rest, number
                        slots[slot, 2] = tag | (np.uint64(words) << _TAG_BITS)
                        columns[words] = role
                        held[used : used + length] = text[start:position]
                        words, used = words + 1, used + length
                        starts[words] = used
                    elif number & DOUBT:
                        ended = ODD
                numbers[role, row] = np.uint32(number)
            elif role == COUNT:
                counts[row] = _count(first, length) if 0 < length <= _WORD else -1
                if counts[row] < 0:
                    ended = ODD
            elif (role == EMPTY and length > 0) or _is_spoilt(text, start, position):
                ended = ODD
            if column + 1 < width:
                if position >= size or text[position] != separator:
                    ended = ODD
                position += 1
        if ended == DONE and position < size:
            if text[position] != line_end:
                ended = ODD
            elif line_end == _CR:
                position += 1
                if position >= size or text[position] != _LF:
                    ended = ODD
            position += 1
        if ended == DONE:
            row += 1
        else:
            position = begin
    progress[0], progress[1], progress[2], progress[3] = position, row, words, used
    return ended


@compiled(_SLOTS, _SLOTS)
def move(slots: Any, larger: Any) -> None:
    """Put the words of a table into a larger one, which is free."""
    shift = _shift(len(larger))
    for slot in range(len(slots)):
        if slots[slot, 3] != 0:
            tag = slots[slot, 2] & _TAG
            to = np.int64(_hash(slots[slot, 0], slots[slot, 1], tag) >> shift)
            while larger[to, 3] != 0:
                to = (to + 1) & (len(larger) - 1)
            for place in range(SLOT):
                larger[to, place] = slots[slot, place]


@compiled(_SLOTS, types.boolean[::1])
def doubt(slots: Any, is_doubtful: Any) -> None:
    """Mark words of a table; `is_doubtful` is by their number among all words."""
    for slot in range(len(slots)):
        if slots[slot, 3] != 0 and is_doubtful[np.int64(slots[slot, 2] >> _TAG_BITS)]:
            slots[slot, 3] |= DOUBT
