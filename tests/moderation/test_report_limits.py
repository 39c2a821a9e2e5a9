"""How many notices come in from one network, for one address, about one article."""

from typing import Any

import pytest
from django.test import Client
from post_office.models import Email

from articles.services.publishing import create_article, publish
from moderation.models import Case, Evidence
from tests.config import test_signup_limits
from tests.moderation.test_report import pdf, typed

pytestmark = pytest.mark.django_db
solved: Any = test_signup_limits.solved


@pytest.fixture(autouse=True)
def _quick(monkeypatch, settings):
    """Riddles that are solved in a moment, and mails in rows."""
    monkeypatch.setattr("submissions.proof.COUNTS_TO", 50)
    settings.EMAIL_BACKEND = "post_office.EmailBackend"


@pytest.fixture
def limits(settings: Any) -> Any:
    """Set some of the limits."""

    def change(**changed: str) -> None:
        settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | changed

    return change


def send(article: Any, number: int, *, proof: bool = False, **changes: Any) -> Any:
    """Let a person send a notice: each `number` another one, at home elsewhere."""
    ip = changes.pop("ip", f"10.0.{number // 250}.{number % 250 + 1}")
    fields = {"email": f"r{number}@example.org", "riddle": solved() if proof else ""} | changes
    data = typed(article, "privacy", **fields)
    return Client(REMOTE_ADDR=ip).post("/report/privacy/", data)


def refusal(response: Any) -> str:
    """Why a notice was not taken in; what was typed must still be there."""
    assert response.status_code == 200
    assert "第二节与我的文章一致，未经许可。" in response.content.decode()
    return str(response.context["refusal"])


def test_without_a_proof_a_few_come_from_one_network(article):
    for number in range(5):
        assert send(article, number, ip="10.0.0.1").status_code == 302
    assert refusal(send(article, 5, ip="10.0.0.1"))
    assert send(article, 6, ip="10.0.0.1", proof=True).status_code == 302
    assert send(article, 7, ip="10.0.0.2").status_code == 302
    assert Case.objects.count() == 7


def test_even_with_a_proof_one_network_has_a_limit(article, limits):
    limits(report="3/h/ip")
    for number in range(3):
        assert send(article, number, ip="10.0.0.1", proof=True).status_code == 302
    assert "takedown#example.com" in refusal(send(article, 3, ip="10.0.0.1", proof=True))
    assert send(article, 4, ip="10.0.0.2", proof=True).status_code == 302


def test_a_mailbox_is_sent_no_more_than_a_few_links(article):
    for number in range(5):
        assert send(article, number, email="rita@example.org", proof=True).status_code == 302
    for email in ("rita@example.org", "RITA@example.org"):
        assert refusal(send(article, 6, email=email, proof=True))
    assert Email.objects.filter(to="rita@example.org").count() == 5
    assert send(article, 7, email="rita2@example.org", proof=True).status_code == 302


def test_many_notices_about_an_article_ask_for_a_proof_and_refuse_nobody_who_has_one(
    article, limits, client
):
    limits(report_target="4/d/key")
    for number in range(4):
        assert send(article, number).status_code == 302
    said = refusal(send(article, 4))
    assert "JavaScript" in said
    assert "takedown#example.com" in said
    for number in range(5, 30):
        assert send(article, number, proof=True).status_code == 302
    assert Case.objects.count() == 29
    assert client.get(f"/p/{article.pk}.html").status_code == 200


def test_notices_about_other_articles_are_not_held_up(article, draft, limits, carol):
    limits(report_target="1/d/key")
    other = publish(create_article(None, title="别的", body="<p>文</p>", contributor=carol), None)
    assert send(article, 1).status_code == 302
    assert send(other, 2).status_code == 302
    assert refusal(send(article, 3))


def test_what_is_wrong_anyway_does_not_count(article, limits):
    limits(report="1/d/ip", report_mail="1/d/key", report_without_proof="1/d/ip")
    for _n in range(3):
        assert send(article, 1, ip="10.0.0.1", declared=None).context["problems"]
        assert send(article, 1, ip="10.0.0.1", do="check").status_code == 200
    assert send(article, 1, ip="10.0.0.1").status_code == 302


def test_a_proof_counts_once(article, limits):
    limits(report_without_proof="0/d/ip")
    proof = solved()
    assert send(article, 1, riddle=proof).status_code == 302
    assert refusal(send(article, 2, riddle=proof))


def test_files_from_one_network_have_a_limit(article, limits):
    limits(report_file="2/d/ip")
    files = [pdf("一.pdf"), pdf("二.pdf"), pdf("三.pdf")]
    response = send(article, 1, ip="10.0.0.1", **{"file-infringement": files})  # type: ignore[arg-type]
    assert len(response.context["problems"]) == 1
    assert Evidence.objects.count() == 2
    staged = [token for token, _row in response.context["form"].uploads.groups[0].carried]
    assert send(article, 1, ip="10.0.0.1", staged=staged).status_code == 302
    assert Case.objects.get().evidence.count() == 2


def test_the_page_asks_for_a_proof(client):
    page = client.get("/report/other/").content.decode()
    assert "data-proof=" in page
    assert "articles/proof.js" in page
