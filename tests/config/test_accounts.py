import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.urls import reverse
from django.utils import timezone, translation
from post_office.models import PRIORITY, STATUS, Email

from articles.models import User
from tests.conftest import PASSWORD

SECRET_WORDS = "a quiet harbour in 1931"
LATIN = {
    "takedown",
    "HTTP",
    "QR",
    "rita",
    "example",
    "com",
    "sam",
    "new",
    "nobody",
    "b",
    "testserver",
}


@pytest.fixture(autouse=True)
def _mail_in_rows(settings):
    """Django's test runner puts its own backend in place of the site's."""
    settings.EMAIL_BACKEND = "post_office.EmailBackend"


class Page(HTMLParser):
    """The visible text of a page, its labels and its controls."""

    def __init__(self, text):
        super().__init__()
        self.words, self.controls, self.labels, self.ids = [], [], set(), set()
        self._searches = False
        self.solid, self._depth, self._hidden = 0, 0, 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids.add(attrs.get("id"))
        self.solid += "btn solid" in (attrs.get("class") or "")
        self._hidden += tag in {"script", "style", "code"}
        if tag == "label" and attrs.get("for"):
            self.labels.add(attrs["for"])
        if tag == "form":
            self._searches = attrs.get("role") == "search"  # The header's, on every page.
        is_control = tag in {"input", "select", "textarea"} and attrs.get("type") != "hidden"
        if is_control and not self._searches:
            self.controls.append(attrs)
        for name in ("title", "alt", "aria-label", "placeholder"):
            self.words.append(attrs.get(name) or "")

    def handle_endtag(self, tag):
        self._hidden -= tag in {"script", "style", "code"}
        self._searches &= tag != "form"

    def handle_data(self, data):
        if not self._hidden:
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def page(response):
    return Page(response.content.decode())


def code_for(email):
    """Return the code in the last mail to an address."""
    mail = Email.objects.filter(to=email).latest("pk")
    return re.search(r"^\d{6}$", mail.message, re.MULTILINE)[0]


def sign_up(client, email="rita@example.com"):
    data = {"email": email, "password1": SECRET_WORDS, "password2": SECRET_WORDS}
    return client.post(reverse("account_signup"), data)


def sign_in(client, email, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def confirm_it_is_you(client):
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def signed_in(client):
    return "_auth_user_id" in client.session


@pytest.fixture
def verified_sam(sam):
    EmailAddress.objects.create(user=sam, email=sam.email, verified=True, primary=True)
    return sam


@pytest.fixture
def protected_sam(verified_sam, client):
    """Sam with two-step sign-in, signed in."""
    sign_in(client, verified_sam.email)
    confirm_it_is_you(client)
    client.get(reverse("mfa_activate_totp"))
    client.post(reverse("mfa_activate_totp"), {"code": app_code(client.session["mfa.totp.secret"])})
    return verified_sam


def app_code(secret):
    """Return what an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_sign_up_confirms_the_address_by_code(client, db):
    response = sign_up(client)
    assert response.url == reverse("account_email_verification_sent")
    assert not signed_in(client)
    shown = page(client.get(response.url))
    assert "rita@example.com" in shown.text
    client.post(response.url, {"code": code_for("rita@example.com")})
    assert signed_in(client)
    assert EmailAddress.objects.get(email="rita@example.com").verified


def test_sign_up_refuses_a_wrong_code(client, db):
    response = sign_up(client)
    wrong = f"{(int(code_for('rita@example.com')) + 1) % 10**6:06}"
    shown = page(client.post(response.url, {"code": wrong}))
    assert "验证码不正确" in shown.text
    assert not signed_in(client)


def test_sign_in_by_password_whatever_the_case(client, verified_sam):
    sign_in(client, "SAM@Example.COM")
    assert signed_in(client)


def test_sign_up_does_not_make_a_second_account_of_another_case(client, verified_sam):
    sign_up(client, "SAM@example.com")
    assert User.objects.count() == 1


def test_sign_in_names_no_reason_for_a_refusal(client, verified_sam):
    known = page(sign_in(client, "sam@example.com", "wrong"))
    unknown = page(sign_in(client, "nobody@example.com", "wrong"))
    assert "邮箱或密码不正确" in known.text
    assert known.text == unknown.text


def test_sign_in_by_code(client, verified_sam):
    response = client.post(reverse("account_request_login_code"), {"email": "Sam@example.com"})
    assert response.url == reverse("account_confirm_login_code")
    client.post(response.url, {"code": code_for("sam@example.com")})
    assert signed_in(client)


def test_a_code_can_be_sent_again(client, verified_sam):
    url = client.post(reverse("account_request_login_code"), {"email": verified_sam.email}).url
    client.post(url, {"action": "resend"})
    assert Email.objects.count() == 2
    client.post(url, {"code": code_for(verified_sam.email)})
    assert signed_in(client)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("account_request_login_code", {}),
        ("account_reset_password", {}),
        ("account_signup", {"password1": SECRET_WORDS, "password2": SECRET_WORDS}),
    ],
)
def test_nobody_learns_who_has_an_account(client, verified_sam, name, data):
    answers = []
    for email in ("sam@example.com", "rita@example.com"):
        client.cookies.clear()
        response = client.post(reverse(name), {"email": email, **data}, follow=True)
        text = page(response).text.replace(email, "")
        answers.append((response.status_code, response.redirect_chain, text))
        assert Email.objects.filter(to=email).count() == 1
    assert answers[0] == answers[1]


def test_too_many_failures_are_refused_in_chinese(client, verified_sam):
    for _ in range(5):
        sign_in(client, "sam@example.com", "wrong")
    shown = page(sign_in(client, "sam@example.com"))
    assert "尝试次数过多，请稍后再试" in shown.text
    assert not signed_in(client)


def test_too_many_requests_get_a_page_in_chinese(client, settings, verified_sam):
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    sign_in(client, "sam@example.com", "wrong")
    response = sign_in(client, "sam@example.com", "wrong")
    assert response.status_code == 429
    assert "短时间内操作次数太多" in page(response).text
    assert "noindex" in response["X-Robots-Tag"]


def test_password_is_reset_by_a_link_that_works_once(client, verified_sam):
    client.post(reverse("account_reset_password"), {"email": "SAM@example.com"})
    mail = Email.objects.get()
    link = re.search(r"http://testserver(\S+)", mail.message)[1]
    form = client.get(link)
    answer = client.post(form.url, {"password1": SECRET_WORDS, "password2": SECRET_WORDS})
    assert answer.status_code == 302
    verified_sam.refresh_from_db()
    assert verified_sam.check_password(SECRET_WORDS)
    client.cookies.clear()
    assert "这个链接已经失效" in page(client.get(link)).text


def test_password_is_changed(client, verified_sam):
    sign_in(client, verified_sam.email)
    data = {"oldpassword": PASSWORD, "password1": SECRET_WORDS, "password2": SECRET_WORDS}
    response = client.post(reverse("account_change_password"), data, follow=True)
    assert "新密码已生效" in page(response).text
    verified_sam.refresh_from_db()
    assert verified_sam.check_password(SECRET_WORDS)
    assert "密码已修改" in Email.objects.get().subject


def test_addresses_are_added_made_the_main_one_and_removed(client, verified_sam):
    sign_in(client, verified_sam.email)
    url = reverse("account_email")
    answer = client.post(url, {"email": "new@example.com", "action_add": ""})
    client.post(answer.url, {"code": code_for("new@example.com")})
    client.post(url, {"email": "new@example.com", "action_primary": ""})
    verified_sam.refresh_from_db()
    assert verified_sam.email == "new@example.com"
    shown = client.post(url, {"email": "sam@example.com", "action_remove": ""}, follow=True)
    assert "已移除sam@example.com" in page(shown).text
    assert not EmailAddress.objects.filter(email="sam@example.com").exists()


def test_two_step_sign_in(client, protected_sam):
    client.post(reverse("account_logout"))
    response = sign_in(client, protected_sam.email)
    assert response.url == reverse("mfa_authenticate")
    assert not signed_in(client)
    assert "验证码不正确" in page(client.post(response.url, {"code": "x"})).text
    codes = protected_sam.authenticator_set.get(type="recovery_codes").wrap().get_unused_codes()
    client.post(response.url, {"code": codes[0]})
    assert signed_in(client)


def test_recovery_codes_are_shown_and_downloaded(client, protected_sam):
    codes = protected_sam.authenticator_set.get(type="recovery_codes").wrap().get_unused_codes()
    shown = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert all(code in shown for code in codes)
    assert client.get(reverse("mfa_download_recovery_codes")).content.decode().split() == codes


def test_what_touches_safety_asks_for_the_person_again(client, protected_sam):
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 3600
    session.save()
    response = client.get(reverse("mfa_deactivate_totp"))
    assert response.url.startswith(reverse("mfa_reauthenticate")) or response.url.startswith(
        reverse("account_reauthenticate")
    )
    assert not [word for word in english(client.get(response.url)) if word not in LATIN]


def test_the_secret_picture_is_drawn_inline(client, verified_sam):
    sign_in(client, verified_sam.email)
    assert client.get(reverse("mfa_activate_totp")).url.startswith(
        reverse("account_reauthenticate")
    )
    confirm_it_is_you(client)
    response = client.get(reverse("mfa_activate_totp"))
    text = response.content.decode()
    assert "<svg" in text
    assert "data:" not in text
    assert "data:" not in response["Content-Security-Policy"]


def test_mail_is_a_queued_row_that_names_site_and_address(client, verified_sam, mailoutbox):
    client.post(reverse("account_request_login_code"), {"email": verified_sam.email})
    mail = Email.objects.get()
    assert (mail.status, mail.priority) == (STATUS.queued, PRIORITY.medium)
    assert mailoutbox == []
    assert mail.subject == "【拾页】登录验证码"
    assert "拾页 http://testserver" in mail.message
    assert "sam@example.com" in mail.message
    assert mail.html_message == ""
    mail.dispatch()
    assert [sent.subject for sent in mailoutbox] == ["【拾页】登录验证码"]


def english(response):
    """Return the Latin words of a page's visible text."""
    return re.findall(r"[A-Za-z]+", page(response).text)


OPEN = (
    "account_login", "account_signup", "account_request_login_code", "account_reset_password",
    "account_reset_password_done", "account_reset_password_from_key_done", "account_inactive",
)  # fmt: skip
OWN = (
    "account_email", "account_change_password", "account_logout", "account_reauthenticate",
    "mfa_index", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_deactivate_totp",
)  # fmt: skip


@pytest.fixture
def account_pages(client, protected_sam):
    """Every account page by name, as Sam and, where it is for them, as a stranger sees it."""
    found = {name: client.get(reverse(name), follow=True) for name in OWN}
    client.post(reverse("account_logout"))
    sign_in(client, protected_sam.email)
    found["mfa_authenticate"] = client.get(reverse("mfa_authenticate"))
    client.cookies.clear()
    found |= {name: client.get(reverse(name)) for name in OPEN}
    found["errors"] = client.post(reverse("account_signup"), {"email": "b", "password1": "1"})
    found["code"] = sign_up_page(client)
    return found


def sign_up_page(client):
    return client.get(sign_up(client).url)


def test_pages_hold_to_the_rules(account_pages):
    for name, response in account_pages.items():
        shown = page(response)
        assert response.status_code == 200, name
        assert "no-store" in response["Cache-Control"], name
        assert response["X-Robots-Tag"] == "noindex", name
        assert '<meta name="robots" content="noindex">' in response.content.decode(), name
        assert not re.search(r"\sstyle=|\son\w+=", response.content.decode()), name
        assert set(english(response)) <= LATIN, name
        assert shown.solid <= 2, name  # One of them stands in the header.
        assert response.content.count(b"<h1") == 1, name


def test_controls_have_labels_and_point_at_what_describes_them(account_pages):
    for name, response in account_pages.items():
        shown = page(response)
        for control in shown.controls:
            assert "placeholder" not in control, name
            if control["type"] != "checkbox":
                assert control["id"] in shown.labels, (name, control)
                assert control["autocomplete"], (name, control)
            for described in (control.get("aria-describedby") or "").split():
                assert described in shown.ids, (name, control)


def test_errors_are_summed_up_and_stand_by_their_fields(account_pages):
    shown = page(account_pages["errors"])
    wrong = [control["id"] for control in shown.controls if control.get("aria-invalid") == "true"]
    assert wrong == ["id_email", "id_password1", "id_password2"]
    assert {f"{field}_error" for field in wrong} <= shown.ids
    text = account_pages["errors"].content.decode()
    assert 'class="errs" role="alert" tabindex="-1" data-focus' in text
    assert all(f'href="#{field}"' in text for field in wrong)


def test_autocomplete_helps_the_person(account_pages):
    def kinds(name):
        return [
            (control["autocomplete"], control.get("inputmode"))
            for control in page(account_pages[name]).controls
            if "autocomplete" in control
        ]

    assert kinds("account_login") == [("email", None), ("current-password", None)]
    assert kinds("account_signup")[1:] == [("new-password", None)] * 2
    assert kinds("code")[0] == ("one-time-code", "numeric")
    assert kinds("mfa_authenticate") == [("one-time-code", "numeric")]


def test_pages_are_english_where_the_site_is(client, db):

    with translation.override("en"):
        for name in OPEN:
            shown = page(client.get(reverse(name))).text
            assert not re.search(
                r"[\u4e00-\u9fff]", shown.replace("拾页", "").replace("读者写的实用文章", "")
            ), name


def test_a_code_does_not_hold_for_ever(client, verified_sam, monkeypatch):
    url = client.post(reverse("account_request_login_code"), {"email": verified_sam.email}).url
    code = code_for(verified_sam.email)
    later = timezone.now() + timedelta(minutes=16)
    monkeypatch.setattr("time.time", lambda: later.timestamp())
    client.post(url, {"code": code})
    assert not signed_in(client)
