"""The index, written by several at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from submissions.models import Fingerprint, IndexedText
from submissions.originality import check, index_text
from submissions.originality.fingerprints import sample
from submissions.originality.texts import read_folded
from tests.submissions.test_originality import text

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls):
    """Call all at the same moment, each with a connection of its own; return what came."""
    barrier = Barrier(len(calls))

    def run(call):
        try:
            barrier.wait(timeout=10)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def hashes_of(given: str) -> set[int]:
    return {found.hash for found in sample(read_folded(given))}


def test_one_text_indexed_by_four_at_once():
    written = at_once(*[lambda: index_text("article", 1, text(1), position=3)] * 4)
    assert sorted(written) == [False, False, False, True]
    row = IndexedText.objects.get()
    assert set(Fingerprint.objects.values_list("hash", "doc")) == {
        (value, row.pk) for value in hashes_of(text(1))
    }


def test_the_newest_of_several_versions_at_once_stays():
    calls = [
        lambda version=version: index_text("article", 1, text(version), position=version)
        for version in range(1, 6)
    ]
    at_once(*calls)
    assert IndexedText.objects.get().position == 5
    assert set(Fingerprint.objects.values_list("hash", flat=True)) == hashes_of(text(5))
    assert check(text(5)).flagged
