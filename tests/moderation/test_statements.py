"""What was said is kept under a key; the record commits to it, and to the files with it."""

import pytest

from articles.models import Article
from moderation.models import Event, Evidence, EvidenceKind, Kind
from moderation.services.record import FILES, commitment
from tests.moderation.making import notice, staged, submitted

pytestmark = pytest.mark.django_db


def test_a_statement_holds_the_hashes_of_the_files_that_came_with_it(article: Article) -> None:
    files = [staged(), staged(EvidenceKind.IDENTITY)]
    case = submitted(article, Kind.COPYRIGHT, evidence=[row.pk for row in files]).case
    assert case.claim.data[FILES] == {str(row.pk): row.sha256 for row in files}
    event = Event.objects.get()
    assert event.payload_commit == commitment(case.claim)
    attached = Evidence.objects.filter(case=case)
    assert set(attached.values_list("act", flat=True)) == {event.act}


def test_a_statement_without_files_says_nothing_of_them(article: Article) -> None:
    case = submitted(article, Kind.COPYRIGHT, evidence=[]).case
    assert FILES not in case.claim.data
    assert notice(article).claim["signed"] == case.claim.data["signed"]
