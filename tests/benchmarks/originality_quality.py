"""How well copies are found: precision, recall and F1 over labelled and generated sets.

    python -m tests.benchmarks.originality_quality [--ballast] [--seed 2]

Prints a table for the labelled set, for one generated in the same manner, and how many short
passages are found inside long articles. `--ballast` puts all other texts at hand beside each
library, but for those that the originals are. Runs in a database in memory; a minute.
"""

import argparse
import os
import statistics
import time
from collections import Counter
from dataclasses import dataclass

import django


@dataclass(frozen=True)
class Outcome:
    """What came of one suspect."""

    label: str
    type: str
    score: float
    found_source: bool
    milliseconds: float


def index_all(library: list) -> dict[int, str]:
    """Index a library; return the texts' names by their numbers."""
    from submissions import originality

    for number, text in enumerate(library, start=1):
        originality.index_text("article", number, text.text, title=text.title)
    return {number: text.id for number, text in enumerate(library, start=1)}


def outcomes(library: list, suspects: list) -> list[Outcome]:
    """Index a library (in an empty index) and check the suspects against it."""
    from submissions import originality

    names = index_all(library)
    results = []
    for suspect in suspects:
        began = time.process_time()
        report = originality.check(suspect.text)
        spent = (time.process_time() - began) * 1000
        best = max((m.containment for m in report.matches), default=0.0)
        found = {names[m.object_id] for m in report.matches}
        source = bool(found.intersection(suspect.sources))
        results.append(Outcome(suspect.label, suspect.type, best, source, spent))
    return results


def figures(results: list[Outcome], threshold: float) -> dict[str, float]:
    """Return precision, recall, F1 and false alarms over copies and originals; what is partial or
    overlaps by nature counts as neither."""
    copies = [r for r in results if r.label == "copy"]
    originals = [r for r in results if r.label == "original"]
    hits = sum(r.score >= threshold for r in copies)
    alarms = sum(r.score >= threshold for r in originals)
    precision = hits / (hits + alarms) if hits else 0.0
    recall = hits / len(copies)
    return {
        "threshold": threshold, "copies": len(copies), "originals": len(originals),
        "precision": precision, "recall": recall, "alarms": alarms / len(originals),
        "F1": 2 * precision * recall / (precision + recall) if hits else 0.0,
    }  # fmt: skip


def short_passages(
    lengths: tuple[int, ...] = (60, 100, 200), count: int = 60, seed: int = 1
) -> dict[int, float]:
    """Return the part found of passages of so many characters inside articles of 5,000, against
    what the index holds: more than half of it is shown beside the text that it comes from."""
    from submissions import originality
    from tests.benchmarks import originality_corpus as corpus

    library, _suspects = corpus.generated(seed)
    others = [t for t in corpus.articles() if t not in library]
    disguises = corpus.Disguises(7, others[len(others) // 2 :])
    found = {}
    for length in lengths:
        hits = 0
        for source in library[:count]:
            text, start = disguises.short_passage(source.text, length, 5000)
            passages = [
                passage
                for match in originality.check(text).matches
                for passage in match.passages
                if match.title == source.title
            ]
            hits += any(
                min(p.end, start + length) - max(p.start, start) > length / 2 for p in passages
            )
        found[length] = hits / count
    return found


def _empty() -> None:
    from submissions.models import Fingerprint, IndexedText

    IndexedText.objects.all().delete()
    Fingerprint.objects.all().delete()


def _strange(suspects: list, texts: list) -> list:
    """Return the texts that no original is."""

    def grams(text: str) -> set[str]:
        return {text[i : i + 8] for i in range(len(text) - 7)}

    originals = [grams(s.text) for s in suspects if s.label == "original"]
    return [
        t for t in texts
        if not any(len(grams(t.text) & known) > len(known) / 5 for known in originals)
    ]  # fmt: skip


def _print(name: str, results: list[Outcome]) -> None:
    print(f"\n{name}: {len(results)} texts")
    for threshold in (0.14, 0.15, 0.16, 0.17, 0.175, 0.18, 0.20, 0.22, 0.25):
        row = figures(results, threshold)
        print("  " + "  ".join(f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}"
                               for k, v in row.items()))  # fmt: skip
    spent = sorted(r.milliseconds for r in results)
    middle, late = statistics.median(spent), spent[len(spent) * 95 // 100]
    print(f"  check: p50 {middle:.1f} ms, p95 {late:.1f} ms of the CPU")
    missed = Counter(r.type for r in results if r.label == "copy" and not r.found_source)
    print("  source not shown:", dict(missed))
    worst = sorted((round(r.score, 3), r.type) for r in results if r.label == "copy")[:12]
    print("  lowest copies:", worst)
    worst = sorted((round(r.score, 3), r.type) for r in results if r.label == "original")[-12:]
    print("  highest originals:", worst)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ballast", action="store_true")
    parser.add_argument("--seed", type=int, default=1, help="of the generated set")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    from tests.benchmarks import originality_corpus as corpus

    databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
    try:

        def beside(suspects: list, texts: list) -> list:
            return _strange(suspects, texts) if options.ballast else []

        library, suspects = corpus.labelled()
        extra, generated = corpus.generated(options.seed)
        _print("labelled", outcomes(library + beside(suspects, corpus.articles()), suspects))
        _empty()
        _print("generated", outcomes(extra + beside(generated, library), generated))
        print("\nshort passages found:", short_passages(seed=options.seed))
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    main()
