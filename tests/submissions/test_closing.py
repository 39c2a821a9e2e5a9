from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from post_office.models import Email

from articles.models import Article, Contributor, Picture, User
from submissions.models import (
    MailPreference,
    Notice,
    Receipt,
    Standing,
    State,
    Submission,
    SubmissionVersion,
)
from submissions.services.bylines import describe_byline
from submissions.services.closing import close_account
from submissions.services.drafting import add_own_picture, save_draft
from submissions.services.mail import set_muted
from submissions.services.reviewing import accept, decline, return_to_author
from tests.browser.helpers import picture_bytes
from tests.conftest import PASSWORD
from tests.submissions.making import TEXT, draft_by, sent_by


@pytest.fixture(autouse=True)
def _mail_in_rows(settings):
    settings.EMAIL_BACKEND = "post_office.EmailBackend"


def upload(**how):
    return SimpleUploadedFile("x.png", picture_bytes(**how), "image/png")


@pytest.fixture
def published(carol, technology, eddie):
    row = sent_by(carol, technology, note="我的电话是12345")
    return accept(row, eddie, version=row.version)


def snapshot():
    """What must not move when an author leaves."""
    return list(
        Article.objects.values_list("pk", "title", "status", "published_at", "updated_at", "slug")
        if hasattr(Article, "slug")
        else Article.objects.values_list("pk", "title", "status", "published_at", "updated_at")
    )


def test_articles_keep_their_byline_if_that_is_wished(client, carol, published):
    before = snapshot()
    close_account(carol.user, keeps_byline=True)
    assert not User.objects.filter(email="carol@example.com").exists()
    carol.refresh_from_db()
    assert carol.user is None
    assert snapshot() == before
    assert "纸上行舟" in client.get(f"/p/{published.article_id}.html").content.decode()
    assert client.get("/author/carol/").status_code == 200


def test_or_the_byline_goes_from_everywhere(client, carol, published):
    before = snapshot()
    close_account(carol.user, keeps_byline=False)
    assert snapshot() == before
    page = client.get(f"/p/{published.article_id}.html").content.decode()
    assert "纸上行舟" not in page
    assert "已注销用户" in page
    assert client.get("/author/carol/").status_code == 404
    assert not Contributor.objects.filter(name="纸上行舟").exists()
    article = Article.objects.get(pk=published.article_id)
    assert {h.contributor_id for h in article.history.all()} == {article.contributor_id}
    assert not Standing.objects.exists()


def test_those_who_leave_share_one_byline(carol, sam, published, technology, eddie):
    row = draft_by(sam, technology, title="山姆的文章")
    from submissions.services.submitting import submit

    row = submit(row, sam, version=row.version, byline="山姆大叔", agreed=True)
    accept(row, eddie, version=row.version)
    close_account(carol.user, keeps_byline=False)
    close_account(sam, keeps_byline=False)
    assert [c.name for c in Contributor.objects.all()] == ["已注销用户"]
    assert Contributor.objects.get().articles.count() == 2
    assert Contributor.objects.get().user is None


def test_a_restored_revision_does_not_bring_the_name_back(carol, published, chloe):
    from articles.services.publishing import revise
    from articles.services.revisions import restore_revision

    article = Article.objects.get(pk=published.article_id)
    revise(article, None, {"title": "改过的标题"})
    close_account(carol.user, keeps_byline=False)
    first = article.history.order_by("history_date", "history_id").first()
    restored = restore_revision(article, chloe, first.history_id)
    assert restored.contributor.name == "已注销用户"


def test_what_is_the_accounts_own_is_erased(client, carol, published, technology):
    user = carol.user
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    EmailAddress.objects.create(user=user, email="second@example.com", verified=True)
    Authenticator.objects.create(user=user, type="totp", data={})
    set_muted(user, {"submitted"})
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert Notice.objects.filter(account=user).exists()
    draft_by(user, technology)
    close_account(user, keeps_byline=True)
    for model in (EmailAddress, Authenticator, MailPreference, Notice, UserSession):
        assert not model.objects.exists(), model
    assert not Submission.objects.filter(state=State.DRAFT).exists()
    assert not User.objects.filter(email=user.email).exists()


def test_sessions_end(client, sam):
    EmailAddress.objects.create(user=sam, email=sam.email, verified=True, primary=True)
    client.post("/accounts/login/", {"login": sam.email, "password": PASSWORD})
    key = client.session.session_key
    assert Session.objects.filter(session_key=key).exists()
    close_account(sam, keeps_byline=True)
    assert not Session.objects.filter(session_key=key).exists()
    assert client.get("/me/settings/").status_code == 302


def test_what_waits_is_taken_back_and_what_was_accepted_appears(
    carol, technology, eddie, django_capture_on_commit_callbacks
):
    waiting = sent_by(carol, technology, title="等着的")
    back = sent_by(carol, technology, title="退回的")
    return_to_author(back, eddie, version=back.version, note="改")
    later = sent_by(carol, technology, title="以后的")
    at = timezone.now() + timedelta(days=1)
    later = accept(later, eddie, version=later.version, at=at)
    close_account(carol.user, keeps_byline=True)
    states = dict(Submission.objects.values_list("title", "state"))
    assert states == {"等着的": "withdrawn", "退回的": "withdrawn", "以后的": "accepted"}
    assert Submission.objects.filter(account__isnull=False).count() == 0
    assert waiting.pk
    article = Article.objects.get(pk=later.article_id)
    assert article.status == "scheduled"


def test_what_a_later_question_of_rights_needs_is_kept(carol, published, technology, eddie):
    row = sent_by(carol, technology, title="没采用的")
    decline(row, eddie, version=row.version, note="不合。")
    before = (SubmissionVersion.objects.count(), Receipt.objects.count())
    close_account(carol.user, keeps_byline=False)
    assert (SubmissionVersion.objects.count(), Receipt.objects.count()) == before
    kept = Submission.objects.get(title="没采用的")
    assert kept.account is None
    assert kept.contributor.name == "已注销用户"
    assert kept.events.filter(note="不合。").exists()
    assert set(Submission.objects.values_list("note", flat=True)) == {""}


def test_mails_to_the_address_are_erased_and_one_says_goodbye(carol, published, sam, technology):
    Email.objects.create(from_email="a@example.com", to=["sam@example.com"], subject="x")
    close_account(carol.user, keeps_byline=True)
    to_carol = Email.objects.filter(to="carol@example.com")
    assert [m.subject for m in to_carol] == ["【拾页】账户已注销"]
    assert "保留你的署名" in to_carol[0].message
    assert Email.objects.filter(to="sam@example.com").exists()


def test_who_wrote_nothing_leaves_nothing(sam):
    close_account(sam, keeps_byline=True)
    assert not Contributor.objects.exists()
    assert "署名" not in Email.objects.get().message


def test_unused_pictures_and_drafts_proofs_go_with_their_files(
    carol, technology, eddie, django_capture_on_commit_callbacks
):
    user = carol.user
    used = add_own_picture(user, upload())
    idle = add_own_picture(user, upload(colour="#1b4d80"))
    describe_byline(user, bio="我", upload=upload(colour="#a32b18"))
    body = f'{TEXT}<figure><img src="{used.url}" alt="插座"></figure>'
    row = sent_by(carol, technology, body=body)
    decline(row, eddie, version=row.version, note="不合。")
    draft = draft_by(user, technology)
    storages["private"].save("proofs/abc.pdf", ContentFile(b"%PDF"))
    save_draft(draft, user, {"proof": "proofs/abc.pdf"}, version=draft.version)
    with django_capture_on_commit_callbacks(execute=True):
        close_account(user, keeps_byline=False)
    assert [p.pk for p in Picture.objects.all()] == [used.pk]
    assert not storages["default"].exists(f"{idle.folder}/{idle.file}")
    assert storages["default"].exists(f"{used.folder}/{used.file}")
    assert not storages["private"].exists("proofs/abc.pdf")


@pytest.mark.parametrize("who", ["eddie", "chloe", "mona"])
def test_staff_cannot_close_themselves(client, request, who):
    person = request.getfixturevalue(who)
    with pytest.raises(PermissionDenied):
        close_account(person, keeps_byline=True)
    sign_in(client, person)
    shown = client.post("/me/close/", {"byline": "keep", "email": person.email})
    assert "主编" in shown.content.decode()
    assert User.objects.filter(pk=person.pk).exists()


# --- The page ---------------------------------------------------------------------------------
def sign_in(client, user):
    EmailAddress.objects.get_or_create(user=user, email=user.email, verified=True, primary=True)
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def test_the_password_is_asked_first(client, sam):
    EmailAddress.objects.create(user=sam, email=sam.email, verified=True, primary=True)
    client.post("/accounts/login/", {"login": sam.email, "password": PASSWORD})
    for send in (client.get, client.post):
        assert send("/me/close/").url.startswith("/accounts/reauthenticate/")


def test_the_address_has_to_be_typed(client, carol, published):
    sign_in(client, carol.user)
    shown = client.post("/me/close/", {"byline": "keep", "email": "other@example.com"})
    assert "这不是账户的主邮箱" in shown.content.decode()
    assert User.objects.filter(pk=carol.user.pk).exists()
    shown = client.post("/me/close/", {"byline": "?", "email": "carol@example.com"})
    assert User.objects.filter(pk=carol.user.pk).exists()


def test_an_account_is_closed_by_its_owner(client, carol, published):
    sign_in(client, carol.user)
    form = client.get("/me/close/").content.decode()
    assert "保留我的署名" in form
    shown = client.post("/me/close/", {"byline": "drop", "email": " Carol@Example.com "})
    assert "你的署名已改为“已注销用户”" in shown.content.decode()
    assert not User.objects.filter(pk=carol.user.pk).exists()
    assert "_auth_user_id" not in client.session


def test_who_has_no_articles_is_not_asked_about_them(client, sam):
    sign_in(client, sam)
    assert "保留我的署名" not in client.get("/me/close/").content.decode()
    client.post("/me/close/", {"byline": "drop", "email": sam.email})
    assert not User.objects.filter(pk=sam.pk).exists()


def test_the_name_may_be_taken_by_nobody_who_imitates_the_closed(db, sam):
    from django.core.exceptions import ValidationError

    from submissions.services.bylines import check_name

    with pytest.raises(ValidationError):
        check_name("已注销用户", sam)
