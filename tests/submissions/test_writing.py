"""The pages on which one writes, as a browser without script uses them, and what a script asks."""

import json
import re
from html import unescape

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from articles.models import Contributor, Picture
from submissions.models import State, Submission, Terms
from submissions.services.drafting import begin, save_draft
from tests.articles.desk import png
from tests.conftest import PASSWORD, SHARED
from tests.services import require_or_skip
from tests.submissions.making import TEXT, draft_by, sent_by
from tests.submissions.writing import PLAIN, address, form_of

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n%%EOF"
CLEAN = "<h2>一、挑萝卜</h2><p>" + "小雪前后，白萝卜最便宜，也最甜，我家每年腌两坛。" * 6 + "</p>"


@pytest.fixture
def writer(client, sam):
    client.force_login(sam)
    return client


@pytest.fixture
def row(sam):
    return begin(sam)


def errors_of(response):
    return set(response.context["form"].errors)


def textarea(response):
    """Return what stands in the text area, as a browser would send it."""
    found = re.search(r"<textarea name=\"body\".*?>(.*?)</textarea>", response.text, re.DOTALL)
    return unescape(found[1]).removeprefix("\n")


# --- Beginning ------------------------------------------------------------------------------
def test_a_stranger_is_told_what_happens_and_led_to_an_account(client):
    response = client.get("/submit/")
    assert response.status_code == 200
    assert "/accounts/signup/?next=/submit/" in response.text
    assert "/accounts/login/?next=/submit/" in response.text
    assert "稿子会经历什么" in response.text
    assert client.post("/submit/").url == "/accounts/login/?next=/submit/"
    assert not Submission.objects.exists()


def test_looking_begins_nothing_and_the_button_does(writer):
    writer.get("/submit/")
    assert not Submission.objects.exists()
    response = writer.post("/submit/")
    assert response.url == address(Submission.objects.get())
    assert writer.get(response.url).status_code == 200
    assert writer.post("/submit/").url == response.url


def test_the_pages_are_private(writer, row):
    for path in ("/submit/", address(row), "/me/", f"/me/submissions/{row.pk}/"):
        response = writer.get(path)
        assert "no-store" in response["Cache-Control"]
        assert response["X-Robots-Tag"] == "noindex"


def test_only_the_page_with_the_editor_has_a_looser_policy(writer, row):
    policy = writer.get(address(row))["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-inline'" in policy
    for path in ("/submit/", "/me/", f"/me/submissions/{row.pk}/", address(row, "delete/")):
        assert "unsafe-inline" not in writer.get(path)["Content-Security-Policy"]


def test_the_editor_uploads_to_the_contributors_address(writer, row):
    page = unescape(writer.get(address(row)).text)
    assert '"imageUploadUrl": "/submit/picture/"' in page
    assert "/admin/" not in page


@pytest.mark.parametrize("what", ["", "save/", "proof/", "delete/"])
def test_anothers_draft_is_not_there(client, carol, row, what):
    client.force_login(carol.user)
    ask = client.post if what in {"", "save/"} else client.get
    assert ask(address(row, what), form_of(row)).status_code == 404
    row.refresh_from_db()
    assert row.title == ""


# --- Without script -------------------------------------------------------------------------
def test_the_whole_way_without_script(writer, row, technology):
    saved = writer.post(address(row), form_of(row, do="draft", body="先写这些", title=""))
    assert saved.url == address(row)
    row.refresh_from_db()
    assert (row.state, row.body) == (State.DRAFT, "<p>先写这些</p>")
    assert textarea(writer.get(address(row))) == "先写这些"
    sent = writer.post(
        address(row), form_of(row, category=technology.pk, byline="山月记"), follow=True
    )
    row.refresh_from_db()
    assert sent.redirect_chain[-1][0] == f"/me/submissions/{row.pk}/"
    assert "稿子已提交" in sent.text
    assert (row.state, row.body, row.tag_names) == (State.PENDING, CLEAN, ["腌菜", "萝卜"])


def test_what_is_missing_is_said_beside_its_field_and_all_is_saved(writer, row):
    response = writer.post(address(row), form_of(row, title="", ai_text="", agreed=""))
    assert errors_of(response) == {"title", "category", "ai_text", "byline", "agreed"}
    page = response.text
    assert "还有5处需要修改" in page
    assert '<a href="#id_title">标题：请填写标题。</a>' in page
    assert re.search(r'<input[^>]*id="id_title"[^>]*>', page)[0].count('aria-invalid="true"') == 1
    assert 'aria-describedby="title-h title-e"' in page
    assert 'id="title-e"' in page
    row.refresh_from_db()
    assert (row.state, row.body, row.note) == (State.DRAFT, CLEAN, "图是自己拍的。")
    assert f'name="version" value="{row.version}"' in page
    assert textarea(response) == PLAIN


def test_files_stay_when_other_fields_fail(writer, row):
    proof = SimpleUploadedFile("授权.pdf", PDF)
    form = form_of(row, origin="licensed", cover_upload=png(), cover_alt="一坛", proof=proof)
    response = writer.post(address(row), form)
    row.refresh_from_db()
    assert "title" not in errors_of(response)
    assert "cover_upload" not in errors_of(response)
    assert row.cover.alt == "一坛"
    assert row.proof_name == "授权.pdf"
    assert row.cover.url in response.text
    assert "授权.pdf" in response.text
    form = form_of(row, origin="licensed", cover_key=row.cover.key, do="draft")
    writer.post(address(row), form)
    row.refresh_from_db()
    assert (row.cover.alt, row.proof_name) == ("一坛", "授权.pdf")
    writer.post(address(row), form_of(row, cover_key=row.cover.key, cover_remove="on", do="draft"))
    row.refresh_from_db()
    assert row.cover is None


@pytest.mark.parametrize(
    ("name", "file"),
    [("cover_upload", b"no picture"), ("proof", b"MZ\x90")],
)
def test_a_bad_file_is_refused_and_the_rest_is_saved(writer, row, technology, name, file):
    form = form_of(row, category=technology.pk, byline="山月记")
    response = writer.post(address(row), form | {name: SimpleUploadedFile("a.png", file)})
    assert errors_of(response) == {name}
    row.refresh_from_db()
    assert (row.state, row.body) == (State.DRAFT, CLEAN)


def test_anothers_picture_is_no_cover(writer, row, carol):
    theirs = Picture.objects.create(
        key="a" * 24, file="x.jpg", width=1, height=1, sha256="x", uploaded_by=carol.user
    )
    writer.post(address(row), form_of(row, cover_key=theirs.key, do="draft"))
    row.refresh_from_db()
    assert row.cover is None


def test_terms_that_changed_meanwhile_are_asked_again(writer, row, technology):
    Terms.objects.create(number=1, text="旧")
    form = form_of(row, category=technology.pk, byline="山月记")
    Terms.objects.create(number=2, text="新")
    response = writer.post(address(row), form)
    assert errors_of(response) == {"agreed"}
    assert 'name="terms" value="2"' in response.text
    row.refresh_from_db()
    assert writer.post(address(row), form_of(row, category=technology.pk, byline="山月记")).url
    row.refresh_from_db()
    assert row.terms.number == 2


@pytest.mark.parametrize(
    "body",
    [
        "<p>甲<strong>乙</strong></p>",
        "<table><tbody><tr><td>甲</td></tr></tbody></table>",
    ],
)
def test_formatting_survives_a_page_without_script(writer, row, sam, body):
    row = save_draft(row, sam, {"body": body}, version=row.version)
    page = writer.get(address(row))
    assert textarea(page) == body
    assert 'name="body_format" value="html"' in page.text
    assert "显示为HTML" in page.text
    form = form_of(row, body=textarea(page), body_format="html", do="draft")
    writer.post(address(row), form)
    row.refresh_from_db()
    assert row.body == body


def test_the_script_gets_the_text_as_html(writer, row, sam):
    row = save_draft(row, sam, {"body": CLEAN}, version=row.version)
    page = writer.get(address(row))
    assert textarea(page) == PLAIN
    assert unescape(re.search(r'data-html="(.*?)"', page.text, re.DOTALL)[1]) == CLEAN


# --- Two tabs, two clicks -------------------------------------------------------------------
def test_the_second_tab_is_told_and_overwrites_nothing(writer, row, sam):
    old = form_of(row, do="draft", title="第二个标签页写的")
    save_draft(row, sam, {"title": "第一个标签页写的"}, version=row.version)
    response = writer.post(address(row), old)
    assert response.status_code == 409
    assert "第二个标签页写的" in response.text
    assert "这篇稿子已在别处改动" in response.text
    row.refresh_from_db()
    assert row.title == "第一个标签页写的"
    assert writer.post(address(row), old).status_code == 409


def test_pressed_twice_it_is_sent_once(writer, row, technology):
    form = form_of(row, category=technology.pk, byline="山月记")
    first, second = writer.post(address(row), form), writer.post(address(row), form)
    assert first.url == second.url == f"/me/submissions/{row.pk}/"
    row.refresh_from_db()
    assert row.versions.count() == row.receipts.count() == 1


def test_a_draft_saved_twice_is_saved_once(writer, row):
    form = form_of(row, do="draft")
    assert writer.post(address(row), form).url == writer.post(address(row), form).url
    row.refresh_from_db()
    assert row.version == 2


# --- When the session has ended -------------------------------------------------------------
def test_nothing_is_lost_when_the_session_has_ended(sam, row, technology):
    client = Client(enforce_csrf_checks=True)
    client.force_login(sam)
    token = client.get(address(row)).context["csrf_token"]
    client.logout()
    client.cookies["csrftoken"] = str(token)[:32]
    client.get("/accounts/login/")
    token = client.cookies["csrftoken"].value
    form = form_of(row, category=technology.pk, byline="山月记", csrfmiddlewaretoken=token)
    response = client.post(address(row), form)
    assert response.url == f"/accounts/login/?next={address(row)}"
    login = {"login": sam.email, "password": PASSWORD, "csrfmiddlewaretoken": token}
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=sam, email=sam.email, verified=True, primary=True)
    assert client.post(response.url, login).url == address(row)
    page = client.get(address(row))
    assert "你当时写的内容" in page.text
    assert form["title"] in page.text
    assert textarea(page) == PLAIN
    token = str(page.context["csrf_token"])
    sent = client.post(address(row), form | {"csrfmiddlewaretoken": token})
    assert sent.url == f"/me/submissions/{row.pk}/"
    assert "submissions.unsaved" not in client.session


def test_one_may_go_back_to_what_was_saved(client, sam, row):
    client.post(address(row), form_of(row, title="萝卜与盐"))
    client.force_login(sam)
    assert "萝卜与盐" in client.get(address(row)).text
    client.post(address(row), {"do": "forget"})
    assert "萝卜与盐" not in client.get(address(row)).text


def test_what_is_kept_is_not_shown_with_another_text_or_to_another(client, sam, carol, row):
    client.post(address(row), form_of(row, title="萝卜与盐"))
    client.force_login(carol.user)
    other = begin(carol.user)
    assert "萝卜与盐" not in client.get(address(other)).text
    assert client.get(address(row)).status_code == 404


def test_only_so_much_is_kept(client, row):
    client.post(address(row), form_of(row, body="长" * 300_001))
    assert "submissions.unsaved" not in client.session


# --- While it waits -------------------------------------------------------------------------
def test_a_waiting_text_is_changed(client, carol, technology):
    row = sent_by(carol, technology)
    client.force_login(carol.user)
    page = client.get(address(row))
    assert 'data-save=""' in page.text
    form = form_of(row, title="更好的标题", body=TEXT, body_format="html")
    assert client.post(address(row), form).url == f"/me/submissions/{row.pk}/"
    row.refresh_from_db()
    assert (row.state, row.title) == (State.PENDING, "更好的标题")


def test_an_incomplete_change_is_not_sent_and_not_lost(client, carol, technology):
    row = sent_by(carol, technology)
    client.force_login(carol.user)
    proof = SimpleUploadedFile("授权.pdf", PDF)
    form = form_of(row, body="太短", origin="licensed", cover_upload=png(), proof=proof)
    response = client.post(address(row), form)
    assert errors_of(response) == {"body", "source_name", "source_url"}
    assert textarea(response) == "太短"
    kept = {name: response.context["form"][name].value() for name in ("cover_key", "proof_token")}
    row.refresh_from_db()
    assert (row.body, row.cover, row.proof) == (TEXT, None, "")
    form = form_of(row, origin="licensed", source_name="某刊", source_url="example.org/1", **kept)
    assert client.post(address(row), form).status_code == 302
    row.refresh_from_db()
    assert row.cover.key == kept["cover_key"]
    assert (row.proof_name, row.source_url) == ("授权.pdf", "https://example.org/1")


@pytest.mark.parametrize("state", [s for s in State if s not in {"draft", "pending", "returned"}])
def test_what_is_decided_is_not_written(client, carol, technology, state):
    row = sent_by(carol, technology)
    Submission.objects.filter(pk=row.pk).update(state=state)
    client.force_login(carol.user)
    for answer in (client.get(address(row)), client.post(address(row), form_of(row))):
        assert answer.url == f"/me/submissions/{row.pk}/"
    row.refresh_from_db()
    assert row.body == TEXT


# --- Saving by script -----------------------------------------------------------------------
def save(client, row, **fields):
    headers = {"Accept": "application/json"}
    return client.post(address(row, "save/"), form_of(row, **fields), headers=headers)


def test_saves_and_says_the_version(writer, row, article):
    answer = save(writer, row, title="家庭网络", body="<p>甲</p>", body_format="html")
    row.refresh_from_db()
    assert (row.title, row.body) == ("家庭网络", "<p>甲</p>")
    data = answer.json()
    assert (data["version"], data["suggestions"]) == (row.version, ["家庭网络"])
    assert re.fullmatch(r"\d\d:\d\d", data["at"])


def test_saving_the_same_again_is_no_collision(writer, row):
    first = save(writer, row)
    assert save(writer, row).json()["version"] == first.json()["version"]


def test_a_collision_says_when(writer, row, sam):
    save_draft(row, sam, {"title": "甲"}, version=row.version)
    answer = save(writer, row, title="乙")
    assert answer.status_code == 409
    assert (answer.json()["error"], answer.json()["version"]) == ("changed", 2)
    assert re.fullmatch(r"\d\d:\d\d", answer.json()["at"])


def test_what_was_sent_meanwhile_is_no_draft(client, carol, technology):
    row = sent_by(carol, technology)
    client.force_login(carol.user)
    answer = save(client, row, title="乙")
    assert (answer.status_code, answer.json()["error"]) == (409, "state")


def test_who_is_signed_out_is_told_where_to_sign_in(client, row):
    answer = save(client, row)
    assert answer.status_code == 401
    assert answer.json()["login"] == f"/accounts/login/?next=%2Fsubmit%2F{row.pk}%2F"


def test_it_asks_for_the_token(sam, row):
    client = Client(enforce_csrf_checks=True)
    client.force_login(sam)
    assert save(client, row).status_code == 403


def test_pictures_are_taken(client, sam, carol):
    assert client.post("/submit/picture/", {"upload": png()}).status_code == 401
    client.force_login(sam)
    answer = client.post("/submit/picture/", {"upload": png(), "alt": "一坛"}).json()
    picture = Picture.objects.get()
    assert answer == {
        "uploaded": 1, "fileName": "bowl.png", "url": picture.url, "key": picture.key,
    }  # fmt: skip
    assert (picture.uploaded_by, picture.alt) == (sam, "一坛")
    bad = client.post("/submit/picture/", {"upload": SimpleUploadedFile("a.svg", b"<svg/>")})
    assert bad.json()["uploaded"] == 0
    assert client.post("/submit/picture/").json()["uploaded"] == 0
    assert client.get("/submit/picture/").status_code == 405


def test_a_proof_is_a_download(writer, row, sam, client):
    writer.post(address(row), form_of(row, proof=SimpleUploadedFile("<授权>.pdf", PDF)))
    answer = writer.get(address(row, "proof/"))
    assert answer.getvalue() == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    row.refresh_from_db()
    storages["private"].delete(row.proof)
    assert writer.get(address(row, "proof/")).status_code == 404


def test_a_draft_is_deleted_after_asking(writer, row):
    assert "删除这篇草稿" in writer.get(address(row, "delete/")).text
    assert Submission.objects.exists()
    assert writer.post(address(row, "delete/")).url == "/me/"
    assert not Submission.objects.exists()


# --- Hostile input --------------------------------------------------------------------------
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("what", ["", "save/"])
def test_ten_megabytes_get_a_clear_answer_and_the_draft_is_kept(writer, row, sam, what, accept):
    save_draft(row, sam, {"body": CLEAN}, version=row.version)
    form = form_of(row, body="长" * (10 * 2**20 // 3))
    answer = writer.post(address(row, what), form, headers={"Accept": accept})
    assert answer.status_code == 413
    if accept == "application/json":
        assert answer.json()["error"] == "too_large"
    else:
        assert "内容过大" in answer.text
    row.refresh_from_db()
    assert row.body == CLEAN


def test_a_million_characters_are_refused_in_words(writer, row):
    answer = save(writer, row, body="a" * 1_000_001)
    assert answer.status_code == 422
    assert "1000000" in answer.json()["message"]
    page = writer.post(address(row), form_of(row, body="a" * 1_000_001))
    assert "body" in errors_of(page)
    row.refresh_from_db()
    assert row.body == ""
    assert row.title


@pytest.mark.parametrize("bad", ["萝\x00卜", "萝\ufffe卜", "萝\x0b卜"])
def test_characters_that_nothing_stores_are_left_out(writer, row, bad):
    fields = dict.fromkeys(("title", "body", "note", "source_name", "tag_line"), bad)
    answer = writer.post(address(row), form_of(row, do="draft", **fields))
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.title, row.body, row.note) == ("萝卜", "<p>萝卜</p>", "萝卜")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"version=1&title=\xc2\xdc\xb2\xb7&body=\xff\xfe&do=draft", ""),
        (b"version=1&title=%ED%A0%80&body=%00&do=draft", ""),
    ],
)
def test_another_encoding_does_no_harm(writer, row, data, kind):
    answer = writer.post(
        address(row), data, content_type="application/x-www-form-urlencoded" + kind
    )
    assert answer.status_code == 302
    row.refresh_from_db()
    assert "\x00" not in row.title + row.body
    json.dumps(row.title).encode("utf-8")
    assert row.title


def test_a_form_that_says_it_is_gbk_is_not_understood(writer, row):
    kind = "application/x-www-form-urlencoded; charset=gbk"
    answer = writer.post(address(row), b"version=1&title=%C2%DC&do=draft", content_type=kind)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "fields",
    [
        {"version": ""},
        {"version": "x"},
        {"version": "-1"},
        {"version": str(2**70)},
        {"category": "999999"},
        {"category": "x"},
        {"category": str(2**70)},
        {"origin": "stolen"},
        {"ai_text": "perhaps"},
        {"body_format": "rtf"},
        {"title": "长" * 201},
        {"terms": str(2**70)},
        {"cover_key": "../../x"},
        {"proof_token": "x:y:z"},
        {"tag_line": "标" * 501},
        {"riddle": "{}"},
    ],
)
def test_forged_fields_break_nothing(writer, row, fields):
    for do in ("draft", "submit"):
        assert writer.post(address(row), form_of(row, do=do, **fields)).status_code in {
            200,
            302,
            409,
        }
    row.refresh_from_db()
    assert row.state == State.DRAFT


def test_hostile_snippets_come_out_harmless(writer, row):
    require_or_skip("shared data")
    lines = (SHARED / "xss" / "cases.jsonl").read_text().splitlines()
    snippets = [str(json.loads(line)["html"]) for line in lines][::20]
    for snippet in snippets:
        row.refresh_from_db()
        form = form_of(
            row, do="draft", title=snippet[:200], body=snippet, tag_line=snippet[:100],
            body_format="html", note=snippet[:400], source_url=snippet[:400],
        )  # fmt: skip
        writer.post(address(row), form)
        for path in (address(row), f"/me/submissions/{row.pk}/", "/me/"):
            page = writer.get(path).text
            main = page[page.index("<main") : page.index("</main>")]
            assert not re.search(r"<(script|iframe|svg|object|embed|math)\b", main), snippet
            unquoted = re.sub(r'"[^"]*"', '""', main)
            assert not re.search(r"<[a-z][^<>]*\son\w+\s*=", unquoted), snippet
            assert not re.search(r'(href|src)="\s*(javascript|data|vbscript):', main), snippet


def test_without_a_proof_of_work_only_so_many_first_texts_come_in(
    settings, writer, row, technology
):
    settings.ACCOUNT_RATE_LIMITS = {"submission_without_proof": "1/d/user"}
    form = form_of(row, category=technology.pk, byline="编辑部")
    assert errors_of(writer.post(address(row), form)) == {"byline"}
    row.refresh_from_db()
    sent = writer.post(address(row), form_of(row, category=technology.pk, byline="山月记"))
    assert sent.status_code == 302


def test_over_the_limit_the_draft_is_kept(settings, monkeypatch, writer, row, technology):
    monkeypatch.setattr("submissions.views.writing.without_proof", lambda *_arguments: False)
    refused = writer.post(address(row), form_of(row, category=technology.pk, byline="山月记"))
    assert "JavaScript" in refused.text
    row.refresh_from_db()
    assert (row.state, row.body) == (State.DRAFT, CLEAN)
    assert not Contributor.objects.exists()


def test_who_has_a_byline_is_asked_no_riddle(client, carol, technology):
    row = draft_by(carol.user, technology)
    client.force_login(carol.user)
    assert "data-proof=" not in client.get(address(row)).text
