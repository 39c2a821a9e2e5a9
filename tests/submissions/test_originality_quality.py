"""Copies are found and originals left alone: measured on a labelled and on a generated set."""

import pytest

from tests.services import require_or_skip

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _data() -> None:
    require_or_skip("shared data")


def test_the_labelled_set():
    from submissions.originality.checking import SIMILAR
    from tests.benchmarks.originality_corpus import labelled
    from tests.benchmarks.originality_quality import figures, outcomes

    library, suspects = labelled()
    row = figures(outcomes(library, suspects), SIMILAR)
    assert row["copies"] == 206
    assert row["originals"] == 90
    assert row["alarms"] == 0
    assert row["recall"] >= 0.97
    assert row["F1"] >= 0.99


def test_short_passages_in_long_texts():
    from tests.benchmarks.originality_corpus import generated
    from tests.benchmarks.originality_quality import index_all, short_passages

    index_all(generated()[0])
    assert short_passages((100,))[100] >= 0.95
