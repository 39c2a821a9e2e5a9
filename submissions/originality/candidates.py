"""Which known texts may share something with a text, and what in it is boilerplate."""

import heapq
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import log

from submissions.originality.fingerprints import GRAM, Sample, sample, sample_closely
from submissions.originality.index import FingerprintIndex

# A fingerprint that more texts have than this is hot: it finds nobody in particular.
HOT = 12
# How many texts a hot one is looked up in after all, where the whole text consists of such.
HOT_ROWS = 50
TOP = 20
# So many hot fingerprints one after another are no chance phrase but boilerplate.
RUN = 3
# The weight of a fingerprint is the logarithm of how rare it is among so many.
_TEXTS = 1_000_000


@dataclass(frozen=True)
class Candidates:
    """The numbers of the likeliest texts, best first, and what of the folded text many share: as
    stretches that do not count, and as the places of its fingerprints, hot or not."""

    docs: list[int]
    masked: list[tuple[int, int]]
    heat: list[tuple[int, bool]]


def find(folded: str, index: FingerprintIndex, exclude: Collection[int]) -> Candidates:
    """Look a folded text's fingerprints up. Two queries at most, of bounded cost, whatever is
    stored; 300 look-ups for 1,500 characters."""
    left_out = frozenset(exclude)
    samples = sample(folded)
    asked = {s.hash for s in sample_closely(folded)}
    rows = index.docs(asked, HOT + 1 + len(left_out))
    found = {value: [doc for doc in docs if doc not in left_out] for value, docs in rows.items()}
    hot = {value for value, docs in found.items() if len(docs) > HOT}
    masked = _boilerplate(samples, hot)
    if 2 * sum(end - start for start, end in masked) > len(folded):
        # A text that everybody copies: all of it is hot, and all of it counts.
        more = index.docs(hot, HOT_ROWS + len(left_out))
        found |= {value: [d for d in docs if d not in left_out] for value, docs in more.items()}
        masked, hot = [], set()
    best = _best({value: docs for value, docs in found.items() if docs and value not in hot})
    return Candidates(best, masked, [(s.position, s.hash in hot) for s in samples])


def _best(found: Mapping[int, Collection[int]]) -> list[int]:
    scores: dict[int, float] = {}
    for docs in found.values():
        weight = log(_TEXTS / len(docs))
        for doc in docs:
            scores[doc] = scores.get(doc, 0.0) + weight
    return heapq.nlargest(TOP, scores, key=lambda doc: (scores[doc], -doc))


def _boilerplate(samples: list[Sample], hot: Collection[int]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    run: list[Sample] = []
    for item in [*samples, None]:
        if item is not None and item.hash in hot:
            run.append(item)
            continue
        if len(run) >= RUN:
            spans.append((run[0].position, run[-1].position + GRAM))
        run = []
    return spans
