"""BLAKE2b (RFC 7693) of many texts at once, compiled by Numba. It is imported for large files only.

The loops are what `hashlib.blake2b` does, with a key and without salt or tree. Calls of it take ten
times as long for texts as short as ids are.
"""

from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numba import types
from numpy.typing import NDArray

from fraud.compiled import compiled, inlined, read_only

_BLOCK_BYTES, _ROUNDS = 128, 12
_START = np.array(
    [
        *(0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1),
        *(0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179),
    ],
    np.uint64,
)
_ORDERS = np.array(
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
        [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
        [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
        [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
        [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
        [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
        [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
        [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
        [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
    ],
    np.uint8,
)
"""In which order each round takes the sixteen numbers of a block; the eleventh is as the first."""
_MIXED = np.array(
    [
        *([0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15]),
        *([0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14]),
    ],
    np.uint8,
)
_DIGITS = np.frombuffer(b"0123456789abcdef", np.uint8)

_BYTES, _NUMBERS = read_only(types.uint8), read_only(types.uint64)


@inlined
def _turned(number: Any, bits: Any) -> Any:
    return (number >> np.uint64(bits)) | (number << np.uint64(64 - bits))


@compiled(
    types.uint64[::1],
    types.uint64[::1],
    types.uint64[::1],
    _NUMBERS,
    read_only(types.uint8, 2),
    read_only(types.uint8, 2),
    types.int64,
    types.boolean,
    allocates=False,
)
def _press(  # noqa: PLR0917
    state: Any,
    block: Any,
    work: Any,
    start: Any,
    orders: Any,
    mixed: Any,
    told_bytes: Any,
    is_last: Any,
) -> None:
    """Press a block into the state; `told_bytes` are those of the text up to its end."""
    for place in range(8):
        work[place], work[place + 8] = state[place], start[place]
    work[12] ^= np.uint64(told_bytes)
    if is_last:
        work[14] = ~work[14]
    for turn in range(_ROUNDS):
        order = turn % 10
        for step in range(8):
            first, second = mixed[step, 0], mixed[step, 1]
            third, fourth = mixed[step, 2], mixed[step, 3]
            a, b, c, d = work[first], work[second], work[third], work[fourth]
            a = a + b + block[orders[order, 2 * step]]
            d = _turned(d ^ a, 32)
            c += d
            b = _turned(b ^ c, 24)
            a = a + b + block[orders[order, 2 * step + 1]]
            d = _turned(d ^ a, 16)
            c += d
            b = _turned(b ^ c, 63)
            work[first], work[second], work[third], work[fourth] = a, b, c, d
    for place in range(8):
        state[place] ^= work[place] ^ work[place + 8]


@compiled(
    _BYTES,
    read_only(types.int64),
    _NUMBERS,
    types.uint64[::1],
    types.uint64[::1],
    types.uint64[::1],
    _NUMBERS,
    read_only(types.uint8, 2),
    read_only(types.uint8, 2),
    _BYTES,
    types.uint8[:, ::1],
    allocates=False,
)
def _hash_all(  # noqa: PLR0917
    held: Any,
    ends: Any,
    keyed: Any,
    state: Any,
    block: Any,
    work: Any,
    start: Any,
    orders: Any,
    mixed: Any,
    digits: Any,
    out: Any,
) -> None:
    """Write the hash of each text in hex; none of them is empty, and `keyed` is the state of all.

    The texts are held one behind the other up to `ends`.
    """
    begin = np.int64(0)
    for row in range(ends.size):
        end = ends[row]
        for place in range(8):
            state[place] = keyed[place]
        told = np.int64(_BLOCK_BYTES)
        while begin < end:
            taken = min(np.int64(_BLOCK_BYTES), end - begin)
            for place in range(16):
                number = np.uint64(0)
                for byte in range(min(max(taken - 8 * place, 0), 8)):
                    number |= np.uint64(held[begin + 8 * place + byte]) << np.uint64(8 * byte)
                block[place] = number
            begin, told = begin + taken, told + taken
            _press(state, block, work, start, orders, mixed, told, begin == end)
        for place in range(out.shape[1] // 2):
            byte = (state[place // 8] >> np.uint64(8 * (place % 8))) & np.uint64(0xFF)
            out[row, 2 * place] = digits[byte >> np.uint64(4)]
            out[row, 2 * place + 1] = digits[byte & np.uint64(15)]


def hashed(texts: pl.Series, key: bytes, digest_bytes: int) -> pl.Series:
    """Return the hash of each text in hex as `hashlib.blake2b` with a key has it; none is empty."""
    told = texts.rechunk().to_arrow().cast(pa.large_string())
    _, offsets, held = told.buffers()
    ends = np.frombuffer(offsets, np.int64, len(told) + 1, told.offset * 8)
    out = np.empty((len(told), 2 * digest_bytes), np.uint8)
    state, block, work = (np.zeros(size, np.uint64) for size in (8, 16, 16))
    keyed = _keyed(key, digest_bytes)
    room = (state, block, work, _START, _ORDERS, _MIXED)
    text = np.frombuffer(held, np.uint8)[ends[0] :] if held else np.zeros(0, np.uint8)
    _hash_all(text, ends[1:] - ends[0], keyed, *room, _DIGITS, out)
    at = np.arange(len(told) + 1, dtype=np.int64) * out.shape[1]
    made = pa.Array.from_buffers(
        pa.large_string(), len(told), [None, pa.py_buffer(at), pa.py_buffer(out)]
    )
    return pl.Series(texts.name, made, dtype=pl.String)


def _keyed(key: bytes, digest_bytes: int) -> NDArray[np.uint64]:
    """Return the state after the key, with which each text begins."""
    state = _START.copy()
    state[0] ^= np.uint64(0x01010000 ^ (len(key) << 8) ^ digest_bytes)
    block = np.frombuffer(key.ljust(_BLOCK_BYTES, b"\0"), "<u8").astype(np.uint64)
    work = np.zeros(16, np.uint64)
    _press(state, block, work, _START, _ORDERS, _MIXED, _BLOCK_BYTES, is_last=False)
    return state
