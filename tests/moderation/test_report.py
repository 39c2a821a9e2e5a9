"""The guide and the forms by which a notice comes in."""

import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from lxml import html

from articles.models import Article, Redirect, Scope
from articles.services.pictures import add_picture
from articles.services.publishing import create_article, publish, unpublish
from articles.services.redirects import save_redirect
from articles.services.restrictions import restrict
from moderation.models import Case, CaseItem, Evidence, EvidenceKind, Kind, Party, State
from moderation.services.targets import find_targets
from tests.browser.helpers import picture_bytes
from tests.submissions.test_hostile import BREAKOUTS, assert_harmless, cases, count_of

pytestmark = pytest.mark.django_db
KINDS = ["copyright", "personality", "privacy", "illegal", "other"]
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj"
PASSAGE = "多数人一觉得慢就去买新设备。"


def pdf(name: str = "证明.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF)


def typed(article: Article, kind: Any = "copyright", **changes: Any) -> dict[str, Any]:
    """What a claimant types who leaves nothing out; `changes` of None leave a field out."""
    data: dict[str, Any] = {
        "targets": f"http://testserver/p/{article.pk}.html",
        "explanation": "第二节与我的文章一致，未经许可。",
        "role": "self",
        "name": "周一",
        "email": "rita@example.org",
        "phone": "13800001111",
        "declared": "on",
        "signed": "周一",
    }
    kinds: dict[str, dict[str, Any]] = {
        "copyright": {
            "work_title": "清汤的做法", "work_author": "周一", "asked": "withhold",
            "work_source": "https://blog.example.net/2025/08/clear-broth",
            "address": "杭州市某路1号", "file-right": pdf(),
        },
        "personality": {"words": PASSAGE, "asked": "correct", "file-infringement": pdf()},
        "privacy": {"category": "contact", "asked": "withhold"},
        "illegal": {"category": "fraud"},
        "other": {"category": "unlabelled_ai"},
    }  # fmt: skip
    merged = data | kinds[kind] | changes
    return {key: value for key, value in merged.items() if value is not None}


def send(client: Client, data: dict[str, Any], kind: str = "copyright") -> Any:
    return client.post(f"/report/{kind}/", data)


def errors(response: Any) -> list[str]:
    root: Any = html.fromstring(response.content.decode())
    return [" ".join(li.text_content().split()) for li in root.xpath("//*[@class='errs']//li")]


def gaps(response: Any) -> list[str]:
    return [gap.text for gap in response.context["gaps"]]


# --- The guide ------------------------------------------------------------------------------
def test_the_guide_leads_to_each_form_with_the_article(client, article):
    response = client.get(f"/report/?article={article.pk}")
    page = response.content.decode()
    for kind in KINDS:
        assert f'href="/report/{kind}/?article={article.pk}"' in page
    assert article.title in page
    assert "takedown#example.com" in page
    assert "takedown@example.com" not in page


def test_the_guide_may_be_indexed_and_cached_and_carries_no_token(client):
    response = client.get("/report/")
    assert "X-Robots-Tag" not in response
    assert "noindex" not in response.content.decode()
    assert "csrfmiddlewaretoken" not in response.content.decode()
    assert not response.cookies


@pytest.mark.parametrize("asked", ["", "0", "x", "9" * 30, "-1", "１", "99999"])
def test_the_guide_bears_any_number(client, asked):
    assert client.get("/report/", {"article": asked}).status_code == 200
    assert client.get("/report/copyright/", {"article": asked}).status_code == 200


def test_the_guide_promises_what_the_settings_say(client, settings):
    settings.MODERATION = settings.MODERATION | {"COPYRIGHT_HOURS": 47}
    assert "47" in client.get("/report/").content.decode()
    assert "47" in client.get("/report/copyright/").content.decode()


# --- The forms ------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_form_that_nobody_stores_or_indexes(client, article, kind):
    response = client.get(f"/report/{kind}/?article={article.pk}")
    page = response.content.decode()
    assert response.status_code == 200
    assert f"/p/{article.pk}.html" in page
    assert article.title in page
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"
    # With no-referrer browsers would send the form with the origin "null", which is refused.
    assert response["Referrer-Policy"] == "same-origin"
    root: Any = html.fromstring(page)
    assert len(root.xpath("//fieldset[starts-with(@class, 'step')]")) == 4


@pytest.mark.parametrize("kind", ["order", "nothing"])
def test_there_is_no_form_for_other_kinds(client, kind):
    assert client.get(f"/report/{kind}/").status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_a_complete_notice_is_taken_in(client, article, kind):
    response = send(client, typed(article, kind), kind)
    assert (response.status_code, response["Location"]) == (302, "/report/sent/")
    case = Case.objects.get()
    assert (case.kind, case.gaps) == (kind, [])
    item = case.items.get()
    assert (item.article, item.scope, item.state) == (article, Scope.WHOLE, State.UNCONFIRMED)
    assert case.claimant is not None
    assert case.claimant.email == "rita@example.org"


def test_what_was_typed_stands_in_the_case(client, article):
    data = typed(
        article,
        original_text="原文\r\n第二行",
        has_new_grounds="on",
        **{"share-right": "on", "file-identity": pdf("身份证.pdf")},
    )
    client.post("/report/copyright/", data, headers={"user-agent": "Rita's browser"})
    case = Case.objects.get()
    assert case.claim is not None
    assert case.claim.data["work_title"] == "清汤的做法"
    assert case.claim.data["original_text"] == "原文\n第二行"
    assert (case.measure_asked, case.has_new_grounds) == ("withhold", True)
    party = Party.objects.get()
    assert (party.name, party.address, party.principal) == ("周一", "杭州市某路1号", "")
    assert (party.ip, party.user_agent) == ("127.0.0.1", "Rita's browser")
    files = {row.kind: row.is_shareable for row in case.evidence.all()}
    assert files == {EvidenceKind.RIGHT: True, EvidenceKind.IDENTITY: False}


def test_privacy_names_the_kind_of_data(client, article):
    send(client, typed(article, "privacy", is_minor="on"), "privacy")
    case = Case.objects.get()
    assert case.claim is not None
    assert case.category == "contact"
    assert case.claim.data["data_type"]
    assert Party.objects.get().is_minor


def test_only_the_copyright_asks_for_an_address_and_nobody_for_more_than_needed(client):
    asked = {kind: set(client.get(f"/report/{kind}/").context["form"].fields) for kind in KINDS}
    assert [kind for kind in KINDS if "address" in asked[kind]] == ["copyright"]
    assert not asked["illegal"] & {"name", "phone", "principal"}
    assert not asked["other"] & {"principal", "asked"}


# --- What is an error, and what a gap ------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        *[(kind, {"targets": ""}) for kind in KINDS],
        *[(kind, {"declared": None}) for kind in KINDS],
        *[(kind, {"signed": "  "}) for kind in KINDS],
        *[(kind, {"email": ""}) for kind in KINDS if kind != "illegal"],
        *[(kind, {"email": "rita at example"}) for kind in KINDS],
        *[(kind, {"email": "a@example.org\r\nBcc: b@example.org"}) for kind in KINDS],
        ("copyright", {"role": "agent", "principal": ""}),
    ],
)
def test_errors_keep_a_notice_out_and_everything_typed_in(client, article, kind, changes):
    response = send(client, typed(article, kind, **changes), kind)
    assert response.status_code == 200
    assert len(errors(response)) == 1
    assert not Case.objects.exists()
    page = response.content.decode()
    assert "第二节与我的文章一致，未经许可。" in page
    if kind in {"copyright", "personality"}:
        assert "证明.pdf" in page
        assert 'name="staged"' in page


@pytest.mark.parametrize(
    ("kind", "changes", "missing"),
    [
        ("copyright", {"file-right": None}, "E"),
        ("copyright", {"file-right": None, "address": "", "phone": "", "name": ""}, "ICAE"),
        ("copyright", {"work_source": ""}, "R"),
        ("copyright", {"asked": None}, "Q"),
        ("copyright", {"role": "agent", "principal": "周二"}, "P"),
        ("personality", {"words": ""}, "R"),
        ("personality", {"file-infringement": None}, "E"),
        ("privacy", {"category": ""}, "R"),
        ("privacy", {"phone": ""}, "C"),
        ("illegal", {"explanation": ""}, "R"),
        ("other", {"explanation": "", "phone": ""}, "CR"),
    ],
)
def test_gaps_are_named_first_and_then_taken_in(client, article, kind, changes, missing):
    data = typed(article, kind, **changes)
    response = send(client, data, kind)
    assert response.status_code == 200
    assert errors(response) == []
    assert response.context["seen"] == ",".join(missing)
    assert len(gaps(response)) == len(missing)
    assert not Case.objects.exists()
    again = data | {"seen": response.context["seen"], "staged": staged_in(response)}
    for name in [name for name in again if name.startswith("file-")]:
        del again[name]
    response = send(client, again, kind)
    assert response["Location"] == "/report/sent/"
    assert Case.objects.get().gaps == list(missing)
    page = client.get("/report/sent/").content.decode()
    assert Case.objects.get().number in page


def staged_in(response: Any) -> list[str]:
    root: Any = html.fromstring(response.content.decode())
    return [field.get("value") for field in root.xpath("//input[@name='staged']")]


def test_a_new_gap_is_named_anew(client, article):
    data = typed(article, **{"file-right": None})
    response = send(client, data | {"address": "", "seen": "E"})
    assert response.context["seen"] == "A,E"
    assert not Case.objects.exists()


def test_check_sends_nothing(client, article):
    response = send(client, typed(article) | {"do": "check"})
    assert (response.status_code, gaps(response), errors(response)) == (200, [], [])
    assert not Case.objects.exists()


def test_errors_stand_in_the_order_of_the_form_and_lead_to_their_fields(client, article):
    data = typed(article, role="agent", email="", declared=None, signed="", targets="/p/1x")
    response = send(client, data)
    anchors = [problem.anchor for problem in response.context["problems"]]
    assert anchors == ["id_targets", "id_principal", "id_email", "id_declared", "id_signed"]
    page = response.content.decode()
    assert all(f'id="{anchor}"' in page for anchor in anchors)


@pytest.mark.parametrize("kind", KINDS)
def test_each_gap_leads_to_a_place_on_the_page(client, article, kind):
    data = {"targets": str(article.pk), "role": "agent", "principal": "周二", "do": "check"}
    data |= {f"scope-{article.pk}": "passage", f"passage-{article.pk}": "没有的话"}
    response = send(client, data, kind)
    page = response.content.decode()
    assert response.context["gaps"]
    for gap in response.context["gaps"]:
        assert f'id="{gap.anchor}"' in page, gap


def test_the_steps_say_where_they_stand(client, article):
    fresh = client.get("/report/copyright/").context["stages"]
    assert [stage.is_done for stage in fresh] == [False] * 4
    assert [stage.is_current for stage in fresh] == [True, False, False, False]
    data = typed(article, declared=None, **{"file-right": None, "address": ""})
    stages = send(client, data).context["stages"]
    assert [stage.is_done for stage in stages] == [True, False, False, False]
    assert [stage.is_current for stage in stages] == [False, True, False, False]


# --- Which article --------------------------------------------------------------------------
@pytest.mark.parametrize(
    "line",
    [
        "http://testserver/p/{}.html",
        "https://www.testserver/p/{}.html?from=wx#c",
        "testserver/p/{}.html",
        "/p/{}.html",
        "p/{}.html",
        "/p/{}",
        "{}",
        "＃{}",
        "老房子的无线死角怎么治 http://testserver/p/{}.html，",
        "  HTTP://TESTSERVER/p/{}.html  ",
        "http://localhost:8000/p/{}.html",
    ],
)
def test_an_article_is_found_by_any_form_of_its_address(client, article, line):
    send(client, typed(article, targets=line.format(article.pk)))
    assert CaseItem.objects.get().article == article


def test_old_addresses_lead_on(client, article):
    save_redirect(Redirect(old_path="/2020/05/old/", article=article), None)
    save_redirect(Redirect(old_path="/?p=77", target=f"/p/{article.pk}.html"), None)
    lines = "http://testserver/2020/05/old\nhttp://testserver/?p=77\n"
    send(client, typed(article, targets=lines))
    assert CaseItem.objects.get().article == article


@pytest.mark.parametrize(
    "line",
    [
        "https://evil.example/p/{}.html",
        "evil.example/p/{}.html",
        "//evil.example/p/{}.html",
        "https://testserver@evil.example/p/{}.html",
        "https://testserver.evil.example/p/{}.html",
        "javascript:alert({})",
        "ftp:/p/{}.html",
        "http://[/p/{}.html",
        "/p/0{}.html",
        "/p/99999{}.html",
        "9999999999999999999999{}",
        "关于无线的那篇",
        "/\x00p/{}.html",
    ],
)
def test_whatever_else_is_refused_line_by_line(client, article, line):
    text = f"/p/{article.pk}.html\n{line.format(article.pk)}"
    response = send(client, typed(article, targets=text))
    if "\x00" in line:  # Left out, as from any text.
        assert response.status_code == 302
        return
    assert len(errors(response)) == 1
    assert "2" in errors(response)[0]
    assert not Case.objects.exists()


def test_no_more_than_twenty_addresses(client, article):
    response = send(client, typed(article, targets=f"{article.pk}\n" * 21))
    assert len(errors(response)) == 1
    assert "20" in errors(response)[0]


def test_drafts_are_as_good_as_none(client, article, draft, carol):
    hidden = create_article(None, title="绝密标题", body="<p>绝密</p>", contributor=carol)
    response = send(client, typed(article, targets=f"{hidden.pk}"))
    unknown = send(client, typed(article, targets=f"{hidden.pk + 1000}"))
    assert errors(response) == errors(unknown)
    assert "绝密" not in response.content.decode()


def test_withheld_and_withdrawn_articles_can_be_reported_and_show_nothing(client, article):
    restrict(article, None, Scope.WHOLE, reference="TS-2026-000001")
    response = send(client, typed(article, declared=None))
    assert len(errors(response)) == 1
    assert article.title not in response.content.decode()
    unpublish(article, None)
    send(client, typed(article))
    assert CaseItem.objects.get().article == article


def test_addresses_cost_few_queries(article, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert find_targets(f"/p/{article.pk}.html\n" * 20).articles == [article]


# --- Which part of it -----------------------------------------------------------------------
@pytest.fixture
def illustrated(carol, technology):
    upload = SimpleUploadedFile("a.png", picture_bytes())
    picture = add_picture(None, upload, alt="信号图")
    body = f'<p>{PASSAGE}</p><p>{PASSAGE}再买。</p><p><img src="{picture.url}" alt=""></p>'
    row = create_article(None, title="有图的", body=body, contributor=carol, category=technology)
    return publish(row, None), picture


def test_looking_shows_parts_and_no_errors(client, illustrated):
    article, picture = illustrated
    response = send(client, {"targets": str(article.pk), "do": "look", "name": "周一"})
    page = response.content.decode()
    assert errors(response) == []
    assert f'name="scope-{article.pk}"' in page
    assert picture.key in page
    assert 'value="周一"' in page


def test_looking_says_what_is_wrong_with_addresses(client):
    assert len(errors(send(client, {"targets": "/p/1.html", "do": "look"}))) == 1


def test_passages_and_pictures_become_items_of_their_own(client, illustrated, article):
    other, picture = illustrated
    data = typed(article, targets=f"{article.pk}\n{other.pk}")
    data |= {
        f"scope-{article.pk}": "passage",
        f"passage-{article.pk}": [PASSAGE, "", "弱电箱是最差的位置。"],
        f"scope-{other.pk}": "image",
        f"picture-{other.pk}": [picture.key, "no such key"],
    }
    assert send(client, data).status_code == 302
    items = [
        (row.article_id, row.scope, row.passage, row.picture) for row in CaseItem.objects.all()
    ]
    assert items == [
        (article.pk, Scope.PASSAGE, PASSAGE, None),
        (article.pk, Scope.PASSAGE, "弱电箱是最差的位置。", None),
        (other.pk, Scope.IMAGE, "", picture),
    ]


def test_a_part_that_was_not_named_is_asked_for(client, illustrated):
    article, _picture = illustrated
    for scope in ("passage", "image"):
        response = send(client, typed(article) | {f"scope-{article.pk}": scope})
        assert len(errors(response)) == 1
    assert not Case.objects.exists()


def test_a_passage_that_is_not_there_is_a_gap(client, article):
    data = typed(article) | {f"scope-{article.pk}": "passage", f"passage-{article.pk}": "没有的话"}
    response = send(client, data)
    assert (errors(response), response.context["seen"]) == ([], "U")
    assert "没有的话" in response.content.decode()


# --- Files ----------------------------------------------------------------------------------
def test_files_need_not_be_chosen_again(client, article):
    response = send(client, typed(article, declared=None))
    assert "证明.pdf" in response.content.decode()
    data = typed(article, **{"file-right": None}) | {"staged": staged_in(response)}
    assert send(client, data).status_code == 302
    assert [row.name for row in Case.objects.get().evidence.all()] == ["证明.pdf"]


def test_files_can_be_taken_out(client, article, django_capture_on_commit_callbacks):
    tokens = staged_in(send(client, typed(article, declared=None)))
    data = typed(article, **{"file-right": None}) | {"staged": tokens, "unstage": tokens}
    with django_capture_on_commit_callbacks(execute=True):
        response = send(client, data)
    assert response.context["seen"] == "E"
    assert not Evidence.objects.exists()


def test_a_file_that_is_none_of_those_is_named_and_the_rest_kept(client, article):
    bad = SimpleUploadedFile("坏.pdf", b"\x00\x01")
    response = send(client, typed(article, **{"file-right": [pdf(), bad]}))
    assert len(errors(response)) == 1
    assert "坏" in errors(response)[0]
    assert len(staged_in(response)) == 1
    assert not Case.objects.exists()


def test_sharing_is_what_was_ticked_last(client, article):
    response = send(client, typed(article, declared=None) | {"share-right": "on"})
    data = typed(article, **{"file-right": None}) | {"staged": staged_in(response)}
    send(client, data)
    assert [row.is_shareable for row in Evidence.objects.all()] == [False]


def test_somebody_elses_files_cannot_be_named(client, article):
    send(client, typed(article))
    own = Evidence.objects.get()
    data = typed(article, **{"file-right": None}) | {"staged": [str(own.pk), f"{own.pk}:x:y"]}
    response = send(client, data)
    assert response.context["seen"] == "E"


# --- After sending --------------------------------------------------------------------------
def test_the_page_after_sending_says_what_is_next(client, article):
    send(client, typed(article))
    response = client.get("/report/sent/")
    page = response.content.decode()
    assert Case.objects.get().number in page
    assert "r***@example.org" in page
    assert "rita@example.org" not in page
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Referrer-Policy"] == "no-referrer"
    assert not re.search(r"/report/[\w-]{40,}", page)


def test_an_anonymous_reporter_sees_the_link_once(client, article):
    data = typed(article, "illegal", email="", signed="匿名")
    assert send(client, data, "illegal").status_code == 302
    case = Case.objects.get()
    assert case.items.get().state == State.REVIEW
    found = re.search(r"/report/([\w-]{43})/", client.get("/report/sent/").content.decode())
    assert found is not None
    assert client.get(f"/report/{found[1]}/").status_code == 200
    assert found[1] not in client.get("/report/sent/").content.decode()


def test_the_page_after_sending_is_the_senders_alone(client, article):
    send(client, typed(article))
    response = Client().get("/report/sent/")
    assert (response.status_code, response["Location"]) == (302, "/report/")


def test_a_forged_form_is_refused(article):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/report/copyright/", typed(article)).status_code == 403
    assert not Case.objects.exists()


def test_what_the_service_refuses_is_said(client, article, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise ValidationError("不能受理")

    monkeypatch.setattr("moderation.views.report.submit", refuse)
    response = send(client, typed(article))
    assert "不能受理" in response.content.decode()
    assert len(staged_in(response)) == 1


# --- Hostile text ---------------------------------------------------------------------------
def test_hostile_text_is_shown_as_it_was_typed(client, article):
    fields = (
        "targets", "work_title", "work_author", "work_source", "explanation", "original_text",
        "principal", "name", "phone", "address", "signed", "email", f"passage-{article.pk}",
    )  # fmt: skip
    clean = send(client, typed(article, role="agent", declared=None, principal="周二"))
    expected = elements_of(clean)
    shared = cases()
    batches = [shared[n : n + len(fields)] for n in range(0, len(shared), len(fields))]
    for texts in [*([text] * len(fields) for text in BREAKOUTS), *batches]:
        case = texts[0]
        data = typed(article, role="agent", declared=None)
        data |= dict(zip(fields, texts, strict=False))
        data["targets"] = f"{article.pk}\n{case}"
        data |= {"share-right": case, "seen": case, "staged": case, "asked": case, "role": case}
        data |= {f"scope-{article.pk}": case, "file-right": pdf(f"{case[:40]}.pdf")}
        response = send(client, data)
        assert response.status_code == 200
        assert_harmless(response.content.decode(), case)
        assert elements_of(response) == expected, case
    assert not Case.objects.exists()


def elements_of(response: Any) -> dict[str, int]:
    """How many of the elements are there that a text must not bring along; boxes and buttons come
    with what was typed."""
    root = html.document_fromstring(response.content.decode())
    own = ("input", "textarea", "button")
    return {tag: count for tag, count in count_of(root).items() if tag not in own}


def test_kinds_of_the_forms_are_those_of_the_model():
    assert {*KINDS, "order"} == set(Kind.values)
