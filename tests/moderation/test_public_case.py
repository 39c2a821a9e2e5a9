"""Closed cases that their claimants let be published."""

import pytest
from django.test import Client

from moderation.models import Case, Kind, Party, Step
from moderation.services import intake
from moderation.services.publishing_cases import publish_case, unpublish_case
from tests.moderation.making import CLAIM, RITA, decided, under_review

pytestmark = pytest.mark.django_db


def claimant(case: Case) -> Party:
    assert case.claimant is not None
    return case.claimant


@pytest.fixture
def case(article, mona) -> Case:
    """A closed and published case: a measure was taken, and the notice withdrawn."""
    case = under_review(article)
    decided(case, mona, Step.MEASURE, text="第二节逐句相同。")
    intake.withdraw(case, claimant(case))
    case.refresh_from_db()
    publish_case(case, claimant(case))
    return Case.objects.get(pk=case.pk)


def test_it_tells_what_it_came_to_and_nothing_of_anybody(client: Client, case, article):
    response = client.get(f"/cases/{case.number}/")
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"
    said = response.content.decode()
    main = said.split("<main")[1].split("</main>")[0]
    for told in (case.number, "著作权", "已撤回", "侵害著作权的可能", "第十五条"):
        assert told in main
    secrets = (*CLAIM.values(), RITA.name, RITA.email, RITA.phone, RITA.address, "第二节逐句")
    for secret in (*secrets, article.title, article.get_absolute_url(), "纸上行舟", "mona", "Mona"):
        assert secret not in main, secret
    assert '<meta name="robots" content="noindex">' in said


def test_taking_it_back_ends_it_at_once(client, case):
    unpublish_case(case, claimant(case))
    assert client.get(f"/cases/{case.number}/").status_code == 404


def test_others_are_not_there_whether_they_exist_or_not(client, article, mona):
    case = under_review(article)
    answers = [client.get(f"/cases/{number}/") for number in (case.number, "TS-2020-000009")]
    assert [answer.status_code for answer in answers] == [404, 404]
    decided(case, mona, Step.REFUSE)
    assert client.get(f"/cases/{case.number}/").status_code == 404


def test_a_case_that_is_taken_up_again_is_not_shown(client, case):
    Case.objects.filter(pk=case.pk).update(is_public=False, closed_at=None)
    assert client.get(f"/cases/{case.number}/").status_code == 404


def test_never_where_a_minor_is_concerned(client, case):
    case.parties.update(is_minor=True)
    assert client.get(f"/cases/{case.number}/").status_code == 404


@pytest.mark.parametrize("kind", [Kind.PRIVACY, Kind.ILLEGAL])
def test_the_database_refuses_the_rest(kind, case):
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(kind=kind)
