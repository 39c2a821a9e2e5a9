import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import time_machine
from altcha import altcha as solving
from django.test import RequestFactory
from django.urls import reverse

from articles.models import User
from submissions.proof import COUNTS_TO, ProofField, ProofWidget
from tests.config.test_accounts import SECRET_WORDS, page

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def _mail_in_rows(settings):
    settings.EMAIL_BACKEND = "post_office.EmailBackend"


@pytest.fixture
def quick(monkeypatch):
    """Riddles that are solved in a moment."""
    monkeypatch.setattr("submissions.proof.COUNTS_TO", 50)


def riddle():
    context = ProofWidget().get_context("proof", "old", {"id": "x"})
    assert context["widget"]["value"] is None
    return json.loads(context["widget"]["attrs"]["data-proof"])


def solved(asked=None):
    asked = asked or riddle()
    challenge = solving.Challenge(
        asked["algorithm"], asked["challenge"], asked["max_number"], asked["salt"],
        asked["signature"],
    )  # fmt: skip
    found = solving.solve_challenge(challenge, max_number=asked["max_number"])
    answer = {
        "algorithm": asked["algorithm"], "challenge": asked["challenge"], "number": found.number,
        "salt": asked["salt"], "signature": asked["signature"],
    }  # fmt: skip
    return base64.b64encode(json.dumps(answer).encode()).decode()


def sign_up(client, number, proof=""):
    data = {"email": f"r{number}@example.com", "password1": SECRET_WORDS,
            "password2": SECRET_WORDS, "proof": proof}  # fmt: skip
    return client.post(reverse("account_signup"), data)


def test_a_few_come_in_without_a_proof_and_then_no_more(client, db):
    for number in range(5):
        assert sign_up(client, number).status_code == 302
        client.cookies.clear()
    refused = sign_up(client, 5)
    assert refused.status_code == 200
    assert "人机验证" in page(refused).text
    assert User.objects.count() == 5


def test_with_a_proof_more_come_in(client, db, quick):
    for number in range(7):
        assert sign_up(client, number, solved()).status_code == 302
        client.cookies.clear()
    assert User.objects.count() == 7


def test_even_those_with_a_proof_are_not_without_limit(client, db, quick):
    for number in range(20):
        sign_up(client, number, solved())
        client.cookies.clear()
    assert sign_up(client, 20, solved()).status_code == 429


def test_a_mistyped_form_does_not_count(client, db):
    for _ in range(8):
        assert client.post(reverse("account_signup"), {"email": "b"}).status_code == 200
    assert sign_up(client, 1).status_code == 302


def test_a_proof_counts_once(db, quick):
    proof = solved()
    assert ProofField().clean(proof) is True
    assert ProofField().clean(proof) is False


def test_an_old_proof_counts_no_more(db, quick):
    with time_machine.travel("2026-11-20 10:00:00+08:00", tick=False) as clock:
        proof = solved()
        clock.shift(21 * 60)
        assert ProofField().clean(proof) is False


@pytest.mark.parametrize(
    "value", ["", None, "x", "e30=", "W10=", "bnVsbA==", "\ud800", "a" * 100_000,
              base64.b64encode(b'{"algorithm": "SHA-256", "challenge": 1, "number": [], '
                               b'"salt": {}, "signature": null}').decode()],
)  # fmt: skip
def test_what_is_no_proof_is_none(db, value):
    assert ProofField().clean(value) is False


def test_a_forged_proof_is_none(db, quick, settings):
    settings.ALTCHA_HMAC_KEY = "another site"
    foreign = solved()
    settings.ALTCHA_HMAC_KEY = "this site"
    assert ProofField().clean(foreign) is False


def test_the_page_asks_for_a_proof_that_a_phone_can_give(client, db):
    shown = client.get(reverse("account_signup")).content.decode()
    assert "data-proof=" in shown
    assert "proof-worker" in shown
    assert COUNTS_TO <= 100_000
    assert "worker-src" not in client.get(reverse("account_signup"))["Content-Security-Policy"]


def test_codes_cannot_flood_a_mailbox(client, sam):
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=sam, email=sam.email, verified=True, primary=True)
    for _ in range(3):
        client.cookies.clear()
        client.post(reverse("account_request_login_code"), {"email": sam.email})
    client.cookies.clear()
    assert client.post(reverse("account_request_login_code"), {"email": sam.email}).status_code in {
        200, 429,
    }  # fmt: skip
    from post_office.models import Email

    assert Email.objects.filter(to=sam.email).count() == 3


# --- WeChat -----------------------------------------------------------------------------------
_PROBE = """
import django, json
django.setup()
from django.test import Client
from django.core.management import call_command
call_command("migrate", verbosity=0)
page = Client().get("/accounts/login/")
answer = Client().post("/accounts/weixin/login/")
print(json.dumps({"page": page.content.decode(), "csp": page["Content-Security-Policy"],
                  "to": answer.headers.get("Location", ""), "status": answer.status_code}))
"""


def probe(tmp_path, **extra):
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "DEBUG": "1",
                   "DATABASE_URL": "", "DATA_DIR": str(tmp_path), "CACHE_URL": "locmem://",
                   "ALLOWED_HOSTS": "testserver,127.0.0.1", "SITE_URL": "http://127.0.0.1:8000",
                   **extra}  # fmt: skip
    del environment["DATABASE_URL"]
    return subprocess.run(
        [sys.executable, "-c", _PROBE], cwd=ROOT, env=environment, capture_output=True, text=True,
        timeout=110, check=False,
    )  # fmt: skip


def test_wechat_is_offered_where_it_is_configured(tmp_path):
    result = probe(tmp_path, WECHAT_CLIENT_ID="wx123", WECHAT_SECRET="s")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout.splitlines()[-1])
    assert "微信登录" in found["page"]
    assert found["to"].startswith("https://open.weixin.qq.com/connect/qrconnect?appid=wx123")
    assert "form-action 'self' https://open.weixin.qq.com" in found["csp"]


def test_wechat_is_not_offered_otherwise(client, db):
    response = client.get(reverse("account_login"))
    assert "微信" not in response.content.decode()
    assert "weixin" not in response["Content-Security-Policy"]
    assert client.post("/accounts/weixin/login/").status_code == 404


def test_half_a_configuration_is_refused(tmp_path):
    result = probe(tmp_path, WECHAT_CLIENT_ID="wx123", WECHAT_SECRET="")
    assert result.returncode != 0
    assert "WECHAT_SECRET" in result.stderr


def test_a_request_without_an_address_is_limited_all_the_same(db):
    from submissions.proof import without_proof

    request = RequestFactory().post("/")
    assert [without_proof(request, "signup") for _ in range(6)] == [True] * 5 + [False]
