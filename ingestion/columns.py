"""What a few passes over a column's bytes tell of all its cells at once. Exact: what is not plain is said not to be.

A cell by itself, or a regular expression per cell, costs ten times as much; the slow way reads whatever is left.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Blocks are made in one thread and let go of in another, after which Arrow's own pool keeps 50 MB more than it uses.
pa.set_memory_pool(pa.system_memory_pool())

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
_ZERO, _NINE, _MINUS, _COMMA, _POINT = b"09-,."
_SPACE, _QUOTE, _LINE_FEED, _RETURN, _DELETE = b' "\n\r\x7f'
_LATIN_LEAD, _FIRST_LEAD = 0xC3, 0xC0
_DECIMALS = 3  # the sign and two digits
_MOST_DIGITS = 9
_FEWEST_OF_PERSON = 10
_BIRTH_DIGITS = 6
_PIECE = 1 << 17


def whole(column: pa.ChunkedArray) -> pa.Array:
    """The column in one piece, copied only where it is in several."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def octets_of(texts: pa.Array) -> Bytes:
    """The bytes of all cells on end (null cells too, whatever stands there)."""
    offsets = offsets_of(texts)
    data = texts.buffers()[2]
    return np.frombuffer(data or b"", np.uint8)[offsets[0] : offsets[-1]]


def offsets_of(texts: pa.Array) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Where each cell begins in the column's buffer, and where the last one ends."""
    buffer = texts.buffers()[1]
    if buffer is None or not len(texts):
        return np.zeros(1, np.int32)
    return np.frombuffer(buffer, np.int32)[texts.offset : texts.offset + len(texts) + 1]


def longest(texts: pa.Array) -> int:
    """Bytes of the longest cell."""
    return int(np.diff(offsets_of(texts)).max(initial=0))


def holds_blank(texts: pa.Array) -> bool:
    """True where a cell may be empty text; null cells are no text."""
    return bool(texts.null_count) or not np.diff(offsets_of(texts)).all()


def plain_amounts(sent: pa.Array) -> pa.Array | None:
    """Canonical text of amounts that all are blank or like `1234,50` or `-1234.50`; None where one is not."""
    if sent.null_count or not len(sent):
        return None
    offsets, octets = offsets_of(sent), octets_of(sent)
    starts, lengths = offsets[:-1] - offsets[0], np.diff(offsets)
    is_filled = lengths > 0
    if not is_filled.all():
        starts, lengths = starts[is_filled], lengths[is_filled]
    if not _are_plain_amounts(octets, starts, lengths):
        return None
    pointed = np.where(octets == _COMMA, np.uint8(_POINT), octets)
    return _like(sent, offsets - offsets[0], pointed)


def _are_plain_amounts(octets: Bytes, starts: Any, lengths: Any) -> bool:
    """Each cell: perhaps a minus, up to nine digits without a leading zero, a decimal sign, two digits; not -0."""
    if not len(starts) or lengths.min() <= _DECIMALS:
        return not len(starts)
    is_digit = octets - np.uint8(_ZERO) <= _NINE - _ZERO
    first, sign = octets[starts], octets[starts + lengths - _DECIMALS]
    is_negative = first == _MINUS
    digits = lengths - _DECIMALS - is_negative
    if digits.min() < 1 or digits.max() > _MOST_DIGITS or not ((sign == _COMMA) | (sign == _POINT)).all():
        return False
    # both others are known, so that every other byte is a digit is a matter of counting
    if len(octets) - np.count_nonzero(is_digit) != len(starts) + np.count_nonzero(is_negative):
        return False
    is_zero = octets[starts + is_negative] == _ZERO
    ends = starts + lengths
    is_minus_zero = is_zero & is_negative & (octets[ends - 1] == _ZERO) & (octets[ends - 2] == _ZERO)
    return not (is_zero & (digits > 1)).any() and not is_minus_zero.any()


def ore(canonical: pa.Array) -> pa.Array:
    """Canonical amounts as whole öre, int64: every one has one point and two decimals."""
    if canonical.null_count == len(canonical):
        return pa.nulls(len(canonical), pa.int64())
    if canonical.null_count:
        return pc.cast(pc.replace_substring(canonical, ".", ""), pa.int64())
    offsets, octets = offsets_of(canonical), octets_of(canonical)
    without = octets[octets != _POINT]
    moved = offsets - offsets[0] - np.arange(len(offsets), dtype=np.int32)
    return pc.cast(_like(canonical, moved, without), pa.int64())


def are_plain_integers(sent: pa.Array) -> bool:
    """True where every cell is up to nine digits without a leading zero."""
    offsets, octets = offsets_of(sent), octets_of(sent)
    lengths = np.diff(offsets)
    if sent.null_count or not len(lengths) or lengths.min() < 1 or lengths.max() > _MOST_DIGITS:
        return False
    if not (octets - np.uint8(_ZERO) <= _NINE - _ZERO).all():
        return False
    return not ((octets[offsets[:-1] - offsets[0]] == _ZERO) & (lengths > 1)).any()


def begin_with_digits(texts: pa.Array) -> bool:
    """True where every cell's first byte is a digit."""
    offsets, octets = offsets_of(texts), octets_of(texts)
    if texts.null_count or not np.diff(offsets).all():
        return False
    return bool((octets[offsets[:-1] - offsets[0]] - np.uint8(_ZERO) <= _NINE - _ZERO).all())


def has_birth_digits(octets: Bytes) -> bool:
    """True where six digits stand in a row, as in every personal number."""
    step = _PIECE - _BIRTH_DIGITS
    return any(_has_birth_digits(octets[at : at + _PIECE]) for at in range(0, len(octets), step))


def _has_birth_digits(octets: Bytes) -> bool:
    run = octets - np.uint8(_ZERO) <= _NINE - _ZERO
    run = run[:-1] & run[1:]
    return bool((run[:-4] & run[2:-2] & run[4:]).any())


def as_long_as_person(texts: pa.Array) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Where the cells stand that are long enough for a personal number."""
    if longest(texts) < _FEWEST_OF_PERSON:
        return np.empty(0, np.int64)
    return np.flatnonzero(np.diff(offsets_of(texts)) >= _FEWEST_OF_PERSON)


def is_clean(chunk: bytes, separator: str) -> bool:
    """True where no cell of the chunk can have anything to trim, fold or compose: no control characters, only
    letters of Latin-1 beside ASCII, and no space at a cell's edge or beside another. The chunk is UTF-8."""
    octets = np.frombuffer(chunk, np.uint8)
    sign = ord(separator)
    if len(octets) and _SPACE in (octets[0], octets[-1]):
        return False
    # piece by piece, each with the next one's first byte: what is looked at twelve times stays in the cache
    return all(_is_clean(octets[at : at + _PIECE + 1], sign) for at in range(0, len(octets), _PIECE))


def _is_clean(octets: Bytes, sign: int) -> bool:
    is_end = (octets == _LINE_FEED) | (octets == _RETURN) | (octets == sign)
    is_control = octets < _SPACE
    if (is_control & ~is_end).any() or (octets == _DELETE).any():
        return False
    if ((octets >= _FIRST_LEAD) & (octets != _LATIN_LEAD)).any():
        return False
    is_space = octets == _SPACE
    is_edge = is_end | is_space | (octets == _QUOTE)
    return not ((is_space[1:] & is_edge[:-1]).any() or (is_space[:-1] & is_edge[1:]).any())


def count(chunk: bytes, octet: bytes) -> int:
    """How often a byte stands in the chunk; several times as fast as `bytes.count` where it is common."""
    octets = np.frombuffer(chunk, np.uint8)
    return sum(
        int(np.count_nonzero(octets[at : at + _PIECE] == octet[0])) for at in range(0, len(octets), _PIECE)
    )


def _like(texts: pa.Array, offsets: Any, octets: Bytes) -> pa.Array:
    """A text column of these bytes, as long as that one; it has no null."""
    buffers = [None, pa.py_buffer(np.ascontiguousarray(offsets, np.int32)), pa.py_buffer(octets)]
    return pa.Array.from_buffers(pa.string(), len(texts), buffers)
