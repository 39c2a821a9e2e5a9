"""Hostile input through every field that people fill in: harmless wherever it is shown."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from lxml import html
from post_office.models import Email

from articles.models import Article, Category, Contributor, User
from submissions.models import State, Submission
from submissions.services.drafting import begin, save_draft
from submissions.services.export import export_account
from submissions.services.reviewing import (
    accept,
    claim,
    decline,
    remark,
    return_to_author,
)
from tests.browser.helpers import picture_bytes
from tests.conftest import PASSWORD, SHARED
from tests.services import require_or_skip
from tests.submissions.making import TEXT

# What opens the way into each of the places where a text is shown.
BREAKOUTS = [
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)' x='",
    "</title><svg onload=alert(1)>",
    "</textarea><iframe src=javascript:alert(1)></iframe>",
    "<!--<script>alert(1)//-->",
    "{{ 7|add:7 }}{% load i18n %}",
    "javascript:alert(1)//",
    "]]><style>*{display:none}</style>",
    "\u2028\u2029alert(1)",
    "a\r\nBcc: evil@example.com\r\n\r\n<b>x</b>",
    "&lt;script&gt;alert(1)&lt;/script&gt;&#60;svg/onload=alert(1)&#62;",
]
ODD_NAMES = ["O'Neil & Söhne", '“引号”"q"', "{{x}}", "&lt;b&gt;"]
PLAIN = "从房东那里要来的旧图纸只画了一半，另一半得自己一间一间地量出来、记下来。" * 4
FORBIDDEN = {
    "iframe", "frame", "frameset", "object", "embed", "applet", "math", "base", "marquee", "video",
    "audio", "portal", "template",
}  # fmt: skip
# Elements of our own pages that a text must not bring along.
COUNTED = ("script", "style", "svg", "form", "input", "link", "meta", "button", "textarea")
ADDRESSES = ("href", "src", "action", "formaction", "srcset", "poster", "data", "xlink:href")


@pytest.fixture(autouse=True)
def _mail_in_rows(settings: Any) -> None:
    settings.EMAIL_BACKEND = "post_office.EmailBackend"


@pytest.fixture
def author(carol: Contributor) -> User:
    assert carol.user is not None
    return carol.user


@pytest.fixture
def writer(author: User) -> Client:
    """A browser in which the author is signed in."""
    client = Client(raise_request_exception=True)
    client.force_login(author)
    return client


@pytest.fixture
def desk(eddie: User) -> Client:
    client = Client()
    client.force_login(eddie)
    return client


def cases() -> list[str]:
    require_or_skip("shared data")
    lines = (SHARED / "xss" / "cases.jsonl").read_text().splitlines()
    return [str(json.loads(line)["html"]) for line in lines]


def form(row: Submission, category: Category, **fields: Any) -> dict[str, Any]:
    """Return the writing page's form, filled in."""
    return {
        "version": row.version,
        "title": "老房子的插座怎么理",
        "category": category.pk,
        "tag_line": "老房子",
        "body": TEXT,
        "body_format": "html",
        "origin": "contributed",
        "ai_text": "none",
        "ai_images": "none",
        "terms": 0,
        "agreed": "on",
        "do": "submit",
        **fields,
    }


def sent(writer: Client, author: User, category: Category, **fields: Any) -> Submission:
    """Write and send in through the page; return the row that now waits."""
    row = begin(author)
    response = writer.post(f"/submit/{row.pk}/", form(row, category, **fields))
    assert response.status_code == 302, response.context["form"].errors
    row.refresh_from_db()
    assert row.state == State.PENDING
    return row


def assert_harmless(page: str, where: str) -> html.HtmlElement:
    """See that a page has nothing that runs, whatever somebody wrote into it."""
    root = html.document_fromstring(page)
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        assert element.tag not in FORBIDDEN, (where, element.tag)
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on"), (where, element.tag, name)
            assert name != "srcdoc", where
            if name.lower() in ADDRESSES:
                scheme = re.sub(r"[\x00-\x20]", "", str(value)).lower()
                assert not scheme.startswith(("javascript:", "vbscript:", "data:")), (where, value)
        if element.tag == "meta":
            assert "refresh" not in (element.get("http-equiv") or "").lower(), where
        if element.tag == "script" and not element.get("src"):
            _assert_own_script(element, where)
    return root


def _assert_own_script(element: html.HtmlElement, where: str) -> None:
    """See that a script within the page is data, and complete."""
    kind = element.get("type") or ""
    assert kind.endswith("json"), (where, element.text)
    assert json.loads(element.text or "null") is not None, where


def count_of(root: html.HtmlElement) -> dict[str, int]:
    return {tag: len(root.xpath(f"//{tag}")) for tag in COUNTED}


def public_page(client: Client, article: Article) -> str:
    response = client.get(article.get_absolute_url())
    assert response.status_code == 200
    return str(response.content.decode())


def author_pages(writer: Client, row: Submission) -> Iterator[tuple[str, str]]:
    addresses = [f"/me/submissions/{row.pk}/", "/me/", "/me/notices/", "/submit/"]
    if row.state in {State.DRAFT, State.RETURNED, State.PENDING}:
        addresses.append(f"/submit/{row.pk}/")
    for address in addresses:
        response = writer.get(address)
        assert response.status_code == 200, address
        yield address, response.content.decode()


def desk_pages(desk: Client, row: Submission) -> Iterator[tuple[str, str]]:
    change = f"/admin/submissions/submission/{row.pk}/change/"
    addresses = ["/admin/submissions/submission/?state=all", change, "/admin/"]
    if row.article is not None:
        addresses.append(f"/admin/articles/article/{row.article.pk}/change/")
        addresses.append("/admin/articles/article/")
    for address in addresses:
        response = desk.get(address, follow=True)
        assert response.status_code == 200, address
        yield address, response.content.decode()


def public_pages(row: Submission) -> Iterator[tuple[str, str]]:
    assert row.article is not None
    reader = Client()
    addresses = [
        row.article.get_absolute_url(), "/", "/category/tech/", "/author/carol/", "/hot/",
    ]  # fmt: skip
    addresses += [f"/tag/{tag}/" for tag in row.article.tag_names if tag.isalnum()]
    for address in addresses:
        response = reader.get(address)
        assert response.status_code == 200, address
        yield address, response.content.decode()


def assert_mails_are_plain() -> None:
    """See that every mail has one line of subject, no header of a stranger's, and no HTML part."""
    for mail in Email.objects.all():
        assert mail.subject.splitlines() == [mail.subject]
        assert mail.html_message == ""
        assert mail.bcc == mail.cc == []
        message = mail.email_message().message()
        assert message["Bcc"] is None
        assert not message.is_multipart()
        assert message.get_content_type() == "text/plain"
        assert {name.lower() for name in dict(message)} <= {
            "content-type", "mime-version", "content-transfer-encoding", "subject", "from", "to",
            "date", "message-id", "auto-submitted", "list-unsubscribe", "list-unsubscribe-post",
        }  # fmt: skip


def assert_export_is_harmless(author: User) -> None:
    with export_account(author) as file, zipfile.ZipFile(io.BytesIO(file.read())) as archive:
        for name in archive.namelist():
            assert ".." not in name.split("/"), name
            assert not name.startswith("/"), name
            if name.endswith(".html"):
                root = assert_harmless(archive.read(name).decode(), name)
                assert root.xpath("//script | //style | //svg | //form") == [], name
            if name.endswith(".json"):
                json.loads(archive.read(name))


def test_rich_text_of_the_shared_cases(
    writer: Client, desk: Client, author: User, eddie: User, technology: Category
) -> None:
    body = TEXT + "".join(f"<p>第{n}段</p>{case}" for n, case in enumerate(cases()))
    quiet = sent(writer, author, technology, title="安静的一篇")
    loud = sent(writer, author, technology, title="吵闹的一篇", body=body)
    claim(loud, eddie)
    _compare_pages(author_pages(writer, quiet), author_pages(writer, loud))
    _compare_pages(desk_pages(desk, quiet), desk_pages(desk, loud), but={"form", "input", "button"})
    quiet = accept(quiet, eddie, version=quiet.version)
    loud = accept(loud, eddie, version=loud.version)
    _compare_pages(public_pages(quiet), public_pages(loud))
    assert_export_is_harmless(author)
    assert_mails_are_plain()


def _compare_pages(
    quiet: Iterator[tuple[str, str]],
    loud: Iterator[tuple[str, str]],
    but: set[str] = frozenset(),  # type: ignore[assignment]
) -> None:
    """See that the pages of a hostile text are harmless and hold no element more than those of a
    peaceful one, of the kinds that only our templates may write."""
    for (where, peaceful), (_where, hostile) in zip(quiet, loud, strict=True):
        expected = count_of(assert_harmless(peaceful, where))
        found = count_of(assert_harmless(hostile, where))
        for tag in set(COUNTED) - but:
            assert found[tag] == expected[tag], (where, tag)


def test_plain_text_of_the_shared_cases_stays_text(
    writer: Client, author: User, eddie: User, technology: Category
) -> None:
    """What is typed into a page without script is text: it is shown as it was typed."""
    everything = cases()
    body = PLAIN + "\n\n" + "\n\n".join(everything)
    row = sent(writer, author, technology, body=body, body_format="plain")
    row = accept(row, eddie, version=row.version)
    assert row.article is not None
    root = assert_harmless(public_page(Client(), row.article), "article")
    prose = root.xpath("//div[@class='prose']")[0]
    kinds = {str(element.tag) for element in prose.iterdescendants()}
    assert kinds <= {"p", "br", "h2", "h3", "ul", "ol", "li"}
    assert "<script" in prose.text_content().lower()
    for _where, page in author_pages(writer, row):
        assert_harmless(page, _where)


@pytest.mark.parametrize("start", range(0, 48, 12))
def test_lines_of_the_shared_cases(
    writer: Client, desk: Client, author: User, eddie: User, technology: Category, start: int
) -> None:
    """Titles, tags, notes and sources, each with another case; and the editor's words."""
    chosen = [*BREAKOUTS, *cases()[::6]][start : start + 12]
    rows = [
        _with_remarks(
            eddie,
            sent(
                writer, author, technology, title=f"{case[:180]} 第{number}篇",
                tag_line=chosen[number - 1][:20], note=case[:480],
                source_name=chosen[number - 1][:90],
            ),
            case,
        )
        for number, case in enumerate(chosen)
    ]  # fmt: skip
    for number, row in enumerate(rows):
        for where, page in desk_pages(desk, row):
            assert_harmless(page, where)
        row = _decided(number, row, eddie, f"{chosen[number][:900]}。")
        for where, page in author_pages(writer, row):
            assert_harmless(page, where)
        for where, page in public_pages(row) if row.article else ():
            assert_harmless(page, where)
    for where, page in desk_pages(desk, rows[0]):
        assert_harmless(page, where)
    assert_export_is_harmless(author)
    assert_mails_are_plain()


def _with_remarks(editor: User, row: Submission, case: str) -> Submission:
    claim(row, editor)
    remark(row, editor, f"{case[:900]}？", quote="老房子的第二个月")
    remark(row, editor, f"{case[:900]}。")
    return row


def _decided(number: int, row: Submission, editor: User, note: str) -> Submission:
    decision = (return_to_author, decline, accept)[number % 3]
    return decision(row, editor, version=row.version, note=note)


def test_a_hostile_title_is_shown_as_it_was_written(
    writer: Client, author: User, eddie: User, technology: Category
) -> None:
    title = '</script><script>alert("1")</script>&amp;'
    row = sent(writer, author, technology, title=title)
    row = accept(row, eddie, version=row.version)
    assert row.article is not None
    root = assert_harmless(public_page(Client(), row.article), "article")
    assert root.xpath("string(//h1)") == title
    assert title in root.xpath("string(//title)")
    assert title in root.xpath("string(//meta[@property='og:title']/@content)")
    data = "".join(s.text for s in root.xpath("//script[contains(@type, 'ld+json')]"))
    assert "<" not in data
    assert json.dumps(title, ensure_ascii=False)[1:-1].replace("<", "\\u003c") in data or (
        title in str(json.loads(data))
    )
    assert f"《{title}》" in Email.objects.latest("pk").subject


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>alert(1)</script>",
     "vbscript:x", "//evil.example/x", "https://e.example/\"><script>alert(1)</script>",
     "https://e.example/ onclick=alert(1)", "java\tscript:alert(1)", "\x01javascript:alert(1)"],
)  # fmt: skip
def test_a_source_is_an_address_of_the_web_or_refused(
    writer: Client, author: User, technology: Category, address: str
) -> None:
    row = begin(author)
    response = writer.post(f"/submit/{row.pk}/", form(row, technology, source_url=address))
    row.refresh_from_db()
    if response.status_code == 302:
        assert row.source_url.startswith(("https://", "http://"))
        for where, page in author_pages(writer, row):
            assert_harmless(page, where)
    else:
        assert row.state == State.DRAFT
        assert "source_url" in response.context["form"].errors
        assert_harmless(response.content.decode(), "write")
        assert row.title == "老房子的插座怎么理"


def test_bylines(db: None, technology: Category, eddie: User, desk: Client) -> None:
    """Most hostile names are refused; what is accepted is harmless wherever it stands."""
    accepted = []
    for number, name in enumerate(
        [*BREAKOUTS, "O'Neil & Söhne", '“引号”"q"', "{{x}}", "&lt;b&gt;"]
    ):
        user = User.objects.create_user(f"u{number}@example.com", PASSWORD, name="U")
        client = Client()
        client.force_login(user)
        row = begin(user)
        response = client.post(
            f"/submit/{row.pk}/", form(row, technology, title=f"第{number}篇", byline=name)
        )
        row.refresh_from_db()
        if response.status_code == 302:
            accepted.append((client, row, user))
            continue
        assert response.status_code == 200
        assert "byline" in response.context["form"].errors
        assert_harmless(response.content.decode(), name)
        assert row.title == f"第{number}篇"
    assert accepted
    for client, row, user in accepted:
        for where, page in (*author_pages(client, row), *desk_pages(desk, row)):
            assert_harmless(page, where)
        row = accept(row, eddie, version=row.version)
        assert row.article is not None
        assert_harmless(public_page(Client(), row.article), "article")
        response = Client().get(row.article.contributor.get_absolute_url())
        assert_harmless(response.content.decode(), "author")
        assert_export_is_harmless(user)


def _as_browsers_send(name: str) -> str:
    for letter in '"\r\n':
        name = name.replace(letter, f"%{ord(letter):02X}")
    return name.replace("/", "_")


def test_pictures_with_hostile_names_and_descriptions(
    writer: Client, desk: Client, author: User, eddie: User, technology: Category
) -> None:
    for number, case in enumerate([*BREAKOUTS, "../../../etc/passwd", "x.svg", "a\x00.png"]):
        upload = SimpleUploadedFile(
            f"{_as_browsers_send(case[:80])}.png",
            picture_bytes((320, 200), colour=f"#0a5c{number:02x}"),
            "image/png",
        )
        row = begin(author)
        response = writer.post(
            f"/submit/{row.pk}/",
            form(row, technology, title=f"第{number}篇", cover_upload=upload, cover_alt=case[:200]),
        )
        assert response.status_code == 302, response.context["form"].errors
        row.refresh_from_db()
        assert row.cover is not None
        for where, page in (*author_pages(writer, row), *desk_pages(desk, row)):
            assert_harmless(page, where)
        if number % 4 == 0:
            row = accept(row, eddie, version=row.version)
            for where, page in public_pages(row):
                assert_harmless(page, where)
    assert_harmless(desk.get("/admin/articles/picture/").content.decode(), "pictures")
    assert_export_is_harmless(author)


def test_a_picture_that_is_none_is_refused(writer: Client, author: User) -> None:
    for name, data in (
        ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("x.png", b"<html><script>alert(1)</script>"),
        ("x.gif", b"GIF89a<script>alert(1)</script>"),
        ("x.png", b""),
    ):
        upload = SimpleUploadedFile(name, data, "image/png")
        response = writer.post("/submit/picture/", {"upload": upload})
        assert response.status_code < 500, name
        answer = response.json()
        assert answer["uploaded"] == 0, name
        assert answer["error"]["message"]


# --- What is too large, or in no encoding --------------------------------------------------
def kept_draft(author: User, category: Category) -> Submission:
    row = begin(author)
    changes = {"title": "已经写好的", "body": TEXT, "category": category}
    return save_draft(row, author, changes, version=row.version)


def assert_kept(row: Submission) -> None:
    before = row.body
    row.refresh_from_db()
    assert row.state == State.DRAFT
    assert row.title == "已经写好的"
    assert row.body == before


@pytest.mark.parametrize("path", ["", "save/"], ids=["form", "autosave"])
@pytest.mark.parametrize("size", [1_000_100, 6_000_000, 11_000_000])
def test_an_oversized_text_is_refused_and_the_draft_kept(
    writer: Client, author: User, technology: Category, path: str, size: int
) -> None:
    row = kept_draft(author, technology)
    data = form(row, technology, title="已经写好的", body="<p>" + "a" * size + "</p>", do="draft")
    response = writer.post(f"/submit/{row.pk}/{path}", data, headers={"accept": "text/html"})
    assert 200 <= response.status_code < 500
    assert response.status_code != 302
    shown = response.content.decode()
    assert re.search(r"[\u4e00-\u9fff]", shown) or response["Content-Type"].endswith("json")
    assert_kept(row)


@pytest.mark.parametrize("path", ["", "save/"], ids=["form", "autosave"])
@pytest.mark.parametrize("encoding", ["latin-1", "gbk", "utf-16"])
def test_a_form_in_another_encoding_makes_no_error_and_no_garbage_is_published(
    writer: Client, author: User, technology: Category, path: str, encoding: str
) -> None:
    row = kept_draft(author, technology)
    text = "é" * 200 if encoding == "latin-1" else "老房子的插座" * 40
    raw = f"version={row.version}&do=submit&body_format=plain&title="
    raw += quote_from_bytes(text[:30].encode(encoding)) + "&body="
    raw += quote_from_bytes(text.encode(encoding))
    for kind in (
        "application/x-www-form-urlencoded",
        f"application/x-www-form-urlencoded; charset={encoding}",
        "application/x-www-form-urlencoded; charset=nonsense",
    ):
        address = f"/submit/{row.pk}/{path}"
        response = writer.generic("POST", address, raw.encode(), content_type=kind)
        assert response.status_code < 500, kind
        assert b"\x00" not in response.content
    row.refresh_from_db()
    assert row.state == State.DRAFT


@pytest.mark.parametrize("path", ["", "save/"], ids=["form", "autosave"])
def test_characters_that_nothing_may_store_are_left_out(
    writer: Client, author: User, technology: Category, path: str
) -> None:
    row = kept_draft(author, technology)
    bad = "%00%ED%A0%80%EF%BF%BF%08%1B%0D%0A"
    raw = f"version={row.version}&do=draft&body_format=html&title=a{bad}b&note=c{bad}d"
    raw += f"&body=%3Cp%3Ee{bad}f%3C/p%3E&tag_line=g{bad}h&source_name=i{bad}j&ai_text=none{bad}"
    raw += f"&byline=k{bad}l&source_url=https://e.example/{bad}&category={technology.pk}"
    response = writer.post(
        f"/submit/{row.pk}/{path}", raw, content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code < 500
    row.refresh_from_db()
    assert row.title.startswith("a")
    assert row.title.endswith("b")
    stored = "".join([row.title, row.note, row.body, row.source_name, *row.tag_names])
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", stored)


@pytest.mark.parametrize("name", ["version", "category", "terms", "cover_key", "proof_token", "do"])
@pytest.mark.parametrize("value", ["", "-1", "9" * 400, "\x00", "１", "1e9", "nan", "<x>", "0x1"])
def test_hidden_fields_that_were_tampered_with(
    writer: Client, author: User, technology: Category, name: str, value: str
) -> None:
    row = kept_draft(author, technology)
    data = form(row, technology, title="已经写好的", do="draft")
    data[name] = value
    for path in ("", "save/"):
        response = writer.post(f"/submit/{row.pk}/{path}", data)
        assert response.status_code < 500
        data["version"] = Submission.objects.get(pk=row.pk).version if name != "version" else value
    assert_kept(row)


def test_deep_nesting_and_many_elements(writer: Client, author: User, technology: Category) -> None:
    row = kept_draft(author, technology)
    for body in (
        "<blockquote>" * 80_000 + "深",
        "<b><i>" * 20_000 + "x",
        "<table><tr><td>" * 5_000 + "x",
        "<ul><li>" * 8_000 + "x",
        "<p>a</p>" * 8_000,
        "<" * 20_000,
        "&" * 20_000,
        "<a href='" + "x" * 300_000,
        "<!--" * 50_000,
    ):
        version = Submission.objects.get(pk=row.pk).version
        data = form(row, technology, title="已经写好的", body=body, version=version, do="draft")
        response = writer.post(f"/submit/{row.pk}/save/", data)
        assert response.status_code in {200, 422}, body[:30]
        assert writer.get(f"/submit/{row.pk}/").status_code == 200, body[:30]
        assert writer.get(f"/me/submissions/{row.pk}/").status_code == 200, body[:30]
    row.refresh_from_db()
    assert row.state == State.DRAFT


def test_hostile_text_typed_after_the_session_ended(author: User, technology: Category) -> None:
    """It is kept for the one who typed it, shown again, and as harmless as anywhere."""
    row = kept_draft(author, technology)
    visitor = Client()
    loud = form(
        row, technology, title=BREAKOUTS[0], body=f"{TEXT}{BREAKOUTS[1]}", note=BREAKOUTS[4]
    )
    assert visitor.post(f"/submit/{row.pk}/", loud).status_code == 302
    visitor.force_login(author)
    page = visitor.get(f"/submit/{row.pk}/").content.decode()
    root = assert_harmless(page, "write")
    assert "alert(1)" not in root.xpath("string(//textarea[@name='body']/@data-html)")
    assert_kept(row)
