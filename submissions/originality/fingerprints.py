"""Sampling a folded text: winnowing over 5-grams.

Of every 31 consecutive 5-grams of a known text one is kept, always the same in the same
surroundings. Of a text that is checked one of every nine is looked up, among them all that would
have been kept: so a kept one is found as long as its next surroundings are as they were.
"""

import struct
from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple
from zlib import crc32

# Raise it whenever folding or sampling changes, then run `reindex_originality`.
VERSION = 1
GRAM = 5
WINDOW = 31
CLOSE_WINDOW = 9
_BYTES = 4  # A character in UTF-32.


class Sample(NamedTuple):
    """A sampled 5-gram: where it stands in the folded text, and its signed 32-bit hash."""

    position: int
    hash: int


def sample(folded: str) -> list[Sample]:
    """Return the fingerprints of a folded text in their order; about 80 for 1,500 characters, in
    0.5 ms. One for a text of less than a window, none for less than a gram."""
    return _samples(folded, WINDOW)


def sample_closely(folded: str) -> list[Sample]:
    """Return what a folded text is looked up by: about 300 for 1,500 characters, `sample`'s
    among them."""
    return _samples(folded, CLOSE_WINDOW)


def _samples(folded: str, window: int) -> list[Sample]:
    raw = folded.encode("utf-32-le", "surrogatepass")
    width = GRAM * _BYTES
    ranks = [crc32(raw[i : i + width]) for i in range(0, len(raw) - width + 1, _BYTES)]
    places = _minima(ranks, window)
    return [Sample(at, _stored(raw[at * _BYTES : at * _BYTES + width])) for at in places]


def _minima(ranks: Sequence[int], window: int) -> list[int]:
    """Return the positions that are the rightmost least of some window."""
    chosen: list[int] = []
    least = -1
    for start in range(max(1, len(ranks) - window + 1) if ranks else 0):
        end = min(start + window, len(ranks)) - 1
        if least < start:
            least = min(range(start, end + 1), key=lambda i: (ranks[i], -i))
        elif ranks[end] <= ranks[least]:
            least = end
        if not chosen or chosen[-1] != least:
            chosen.append(least)
    return chosen


def _stored(gram: bytes) -> int:
    """Hash a chosen gram anew. The chosen have low ranks, which would crowd into a sixteenth of
    the range: a thirtieth of all look-ups would meet strangers at a million texts."""
    return int.from_bytes(blake2b(gram, digest_size=4).digest(), "little", signed=True)


def pack(hashes: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(hashes)}i", *hashes)


def unpack(packed: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(packed) // 4}i", packed))
