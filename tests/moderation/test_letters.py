"""Every letter of the procedure: that it exists, renders, and says what it must and no more."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.utils import timezone, translation

from articles.models import Article, Contributor, Scope, User
from articles.services.publishing import create_article, publish
from moderation import dates
from moderation.models import (
    CaseItem,
    Event,
    EvidenceKind,
    Finding,
    Happening,
    Kind,
    Letter,
    Party,
    Purpose,
    Role,
    State,
    Step,
)
from moderation.policy import get_policy
from moderation.reasons import reasons_for
from moderation.services import answering, intake, measures
from moderation.services.deadlines import term_end
from moderation.services.intake import Person, Target
from moderation.services.letters import Occasion, compose
from moderation.services.parties import SYSTEM, contributor_party
from moderation.services.statements import keep
from moderation.transitions import (
    HAPPENING_LETTERS,
    TERMS,
    TRANSITIONS,
    To,
    Transition,
    template_of,
)
from moderation.working_days import end_of_working_day
from tests.moderation.making import (
    CLAIM,
    COUNTER,
    decided,
    measured,
    staged,
    submitted,
    under_review,
)

FOLDER = Path(django_settings.BASE_DIR) / "templates" / "moderation" / "mail"
SECRETS = ("13800001111", "杭州市某路1号", "rita@example.org", "330102199001011234")
HERS = ("13900002222", "上海市某路2号", "carol@example.com")
LETTERS = [(row, to) for row in TRANSITIONS for to in row.letters]
HAPPENINGS = [(happening, to) for happening, tos in HAPPENING_LETTERS.items() for to in tos]


def names() -> set[str]:
    return {template_of(row.step, to) for row, to in LETTERS} | {
        template_of(happening, to) for happening, to in HAPPENINGS
    }


def test_every_letter_has_its_template_and_every_template_its_letter():
    files = {path.stem for path in FOLDER.glob("*.txt") if not path.name.startswith("_")}
    assert files == names()


def test_no_partial_is_an_orphan():
    said = "".join(path.read_text() for path in FOLDER.glob("*.txt"))
    for path in FOLDER.glob("_*.txt"):
        assert f"moderation/mail/{path.name}" in said, path.name


# --- Each, rendered ------------------------------------------------------------------------
def hostile(article: Article) -> None:
    Article.objects.filter(pk=article.pk).update(title="老房子 <b>&</b> “无线”\n死角")
    article.refresh_from_db()


def case_item(article: Article, kind: Kind, mona: User) -> CaseItem:
    """An item with everything that a letter could give away: contacts in the words of both."""
    hostile(article)
    claim = CLAIM | {
        "explanation": "文章抄了我的。致电13800001111或写信到杭州市某路1号，rita@example.org，"
        "身份证330102199001011234。<a href='x'>点此</a>"
    }
    case = under_review(article, kind, claim=claim)
    item = case.items.get()
    party = contributor_party(case, article)
    Party.objects.filter(pk=party.pk).update(phone=HERS[0], address=HERS[1])
    said = {
        **COUNTER,
        "explanation": "是我写的，电话13900002222，carol@example.com，上海市某路2号。",
    }
    statement = keep(case, party, Purpose.COUNTER, said, timezone.now())
    item.counters.create(party=party, statement=statement, received_at=timezone.now(), gaps=["E"])
    measures.withhold(item, None, {"passage": item.passage}, timezone.now())
    return item


def occasion(item: CaseItem, step: Any, to_state: State | None, **payload: Any) -> Occasion:
    case = item.case
    if to_state is not None:
        item.state = to_state
        term = TERMS.get(to_state)
        item.due_at = term_end(term[0], item, timezone.now()) if term is not None else None
        case.gaps = ["A", "E"] if to_state == State.INCOMPLETE else []
    reasons = reasons_for(step, Kind(case.kind)) if isinstance(step, Step) else []
    said = keep(case, None, Purpose.REASON, {"text": "两段文字逐句相同 & 无出处。"}, timezone.now())
    event = Event(seq=1, act=1, at=timezone.now(), payload=payload, event=step.value)
    reason = reasons[0].code if reasons else ""
    return Occasion(event, step, case, [item], SYSTEM, said, reason)


def recipient(item: CaseItem, to: To) -> Party | None:
    if to in {To.STAFF, To.ALERT}:
        return None
    if to in {To.CONTRIBUTOR, To.TOLD}:
        return contributor_party(item.case, item.article)
    return item.case.claimant


def check(subject: str, text: str, number: str, party: Party | None) -> None:
    assert "\n" not in subject
    assert number in subject
    assert not any(word in subject for word in (*CLAIM.values(), "老房子", "点此"))
    assert "{{" not in text
    assert "{%" not in text
    assert "[[" not in text
    assert "==" not in text
    assert "None" not in text
    assert "&amp;" not in text
    assert "&quot;" not in text
    assert "&lt;" not in text
    assert "&#" not in text
    assert "\n\n\n" not in text
    assert not text.startswith("\n")
    assert number in text
    theirs = {Role.CONTRIBUTOR: SECRETS, Role.CLAIMANT: HERS}
    for secret in theirs[Role(party.role)] if party is not None else (*SECRETS, *HERS):
        assert secret not in text
    link = {Role.CLAIMANT: "/report/", Role.CONTRIBUTOR: "/me/cases/"}
    assert (link[Role(party.role)] if party is not None else "/admin/moderation/case/") in text
    assert text.rstrip().endswith("takedown@example.com") or "example" in text.rsplit("\n", 2)[-2]


def row_name(value: object) -> str:
    if isinstance(value, Transition):
        return f"{value.step}-{value.to}"
    return str(value)


@pytest.mark.parametrize("kind", [Kind.COPYRIGHT, Kind.PERSONALITY, Kind.ILLEGAL, Kind.ORDER])
@pytest.mark.parametrize(("row", "to"), LETTERS, ids=row_name)
def test_a_step_s_letter(row, to, kind, article, mona):
    item = case_item(article, Kind.COPYRIGHT if kind == Kind.ORDER else kind, mona)
    item.case.kind = kind
    party = recipient(item, to)
    about = occasion(item, row.step, row.to or State.REVIEW)
    subject, text = compose(template_of(row.step, to), party, [item], about)
    check(subject, text, item.case.number, party)


@pytest.mark.parametrize(("happening", "to"), HAPPENINGS, ids=row_name)
def test_a_happening_s_letter(happening, to, article, mona):
    item = case_item(article, Kind.COPYRIGHT, mona)
    party = recipient(item, to)
    about = occasion(item, happening, None, count=1)
    about = Occasion(about.event, happening, about.case, about.items, SYSTEM)
    subject, text = compose(template_of(happening, to), party, [item], about)
    check(subject, text, item.case.number, party)


# --- What they say -------------------------------------------------------------------------
def letter(template: str) -> str:
    found = Letter.objects.filter(template=template).latest("pk")
    assert found.mail is not None
    return str(found.mail.message)


def test_a_measure_s_letter_states_reasons_and_rights(article, mona):
    case = under_review(article)
    decided(case, mona, Step.MEASURE, text="第二节逐句相同。")
    text = letter("measure_contributor")
    item = case.items.get()
    assert "第二节逐句相同。" in text
    assert "《信息网络传播权保护条例》第十五条" in text
    assert dates.moment(item.due_at) in text  # By when it is to be contested.
    assert "不侵权声明" in text
    assert f"{get_policy().appeal_months}个月" in text
    assert "《老房子的无线死角怎么治》" in text
    assert "HTTP 451" in text
    assert "原作：清汤的做法" in text


@pytest.mark.parametrize("kind", [Kind.ILLEGAL, Kind.ORDER])
def test_where_only_an_appeal_is_possible_no_statement_is_offered(kind, article, mona):
    item = case_item(article, Kind.ILLEGAL, mona)
    item.case.kind = kind
    party = contributor_party(item.case, article)
    about = occasion(item, Step.MEASURE, State.MEASURED)
    _subject, text = compose("measure_contributor", party, [item], about)
    assert "声明" not in text.split("--")[0]
    assert "周一" not in text
    if kind == Kind.ILLEGAL:
        assert "申诉" in text
        assert "HTTP 410" in text


def test_scenario_18_a_personality_notice_is_forwarded_without_contacts(article, mona):
    claim = CLAIM | {"explanation": "不实。请回电138-0000-1111，身份证330102199001011234。"}
    case = under_review(article, Kind.PERSONALITY, claim=claim)
    decided(case, mona, Step.MEASURE)
    text = letter("measure_contributor")
    assert "不实。请回电〔已隐去〕" in text
    for secret in (*SECRETS, "138-0000-1111", "周一"):
        assert secret not in text


def test_a_copyright_notice_names_the_right_holder(article, mona):
    measured(article, mona)
    assert "权利人或代理人：周一" in letter("measure_contributor")


def test_gaps_are_all_named_with_what_to_do(article):
    under_review(article, person=Person(name="周一", email="rita@example.org"), evidence=[])
    text = letter("confirm_claimant")
    assert "联系方式：" in text
    assert "通信地址：" in text
    assert "证据：" in text
    assert "审核期限自补正齐全时起算" in text


def test_the_forwarded_statement_is_redacted_and_says_when_it_ends(article, mona):
    item = measured(article, mona)
    said = COUNTER | {"explanation": "是我写的，电话13900002222。"}
    proof = staged(EvidenceKind.COUNTER).pk
    answering.file_counter(item, article.contributor.user, said, evidence=[proof])
    decided(item.case, mona, Step.FORWARD)
    text = letter("forward_claimant")
    assert "是我写的，电话〔已隐去〕" in text
    assert "署名：卡罗尔" in text
    assert f"{get_policy().wait_days}日内" in text
    ends = timezone.now() + timedelta(days=get_policy().wait_days)
    assert dates.day(ends) in text


def test_items_that_stand_differently_are_told_apart(article, carol, mona):
    other = create_article(None, title="另一篇", body="<p>别的。</p>", contributor=carol)
    sent = submitted(article, targets=[Target(article), Target(publish(other, None))])
    first, second = sent.case.items.all()
    about = occasion(first, Step.CONFIRM, State.REVIEW)
    second.state = State.REJECTED
    _subject, text = compose("confirm_claimant", sent.case.claimant, [first, second], about)
    assert "材料齐全，已进入审核。" in text
    assert "第十七条" in text
    assert text.count(f"/p/{other.pk}.html") == 3  # In the list, why, and what can be done.


def test_a_passage_is_quoted(article, mona):
    target = Target(article, Scope.PASSAGE, "多数人一觉得慢就去买新设备。")
    case = under_review(article, targets=[target])
    decided(case, mona, Step.MEASURE)
    assert "文字：“多数人一觉得慢就去买新设备。”" in letter("measure_contributor")
    assert "文章中的一处文字暂停展示" in letter("measure_claimant")


def test_a_suspension_says_until_when(article, mona):
    item = case_item(article, Kind.COPYRIGHT, mona)
    until = timezone.now() + timedelta(days=90)
    about = occasion(
        item, Happening.STRUCK, State.UPHELD, count=3, suspended_until=until.isoformat()
    )
    party = contributor_party(item.case, article)
    _subject, text = compose("struck_contributor", party, [item], about)
    assert dates.moment(until) in text
    assert "目前有效的侵权记录：3次" in text


def test_a_manifestly_unfounded_notice_is_told_so(article, mona):
    case = under_review(article)
    decided(case, mona, Step.REFUSE, finding=Finding.MANIFEST)
    assert "明显无根据" in letter("refuse_claimant")


# --- Numbers and dates come from the settings ----------------------------------------------
def test_a_changed_setting_changes_the_letter(article, mona, settings):
    settings.MODERATION = settings.MODERATION | {"WAIT_DAYS": 21, "APPEAL_MONTHS": 8}
    measured(article, mona)
    assert "21日内" in letter("measure_contributor")
    assert "8个月内" in letter("measure_contributor")


@pytest.mark.parametrize(
    ("mode", "said"), [("wait", "15日内"), ("us", "10个工作日内"), ("immediate", "我们将恢复展示")]
)
def test_each_mode_of_the_counter_notice_is_told(mode, said, article, mona, settings):
    settings.MODERATION = settings.MODERATION | {"COUNTER_NOTICE_MODE": mode}
    measured(article, mona)
    assert said in letter("measure_contributor")


def test_a_term_that_ends_at_midnight_is_called_by_its_day():
    with time_machine.travel("2026-11-23T10:00:00+08:00", tick=False):
        ends = end_of_working_day(timezone.now(), 3)
    with translation.override("zh-hans"):
        assert dates.deadline(ends) == "2026年11月26日（星期四）24:00"
        assert dates.moment(ends) == "2026年11月27日（星期五）00:00"
        assert dates.deadline(ends - timedelta(hours=1)) == "2026年11月26日（星期四）23:00"
    assert dates.deadline(None) == dates.moment(None) == dates.day(None) == ""


def test_each_contributor_s_statement_is_forwarded(article, carol, mona):
    sam = User.objects.create_user("sam2@example.com", name="萨姆")
    byline = Contributor.objects.create(name="萨姆", slug="samu", user=sam)
    other = publish(
        create_article(None, title="另一篇", body="<p>文</p>", contributor=byline), None
    )
    case = submitted(article, targets=[Target(article), Target(other)]).case
    intake.confirm(case, case.claimant)
    decided(case, mona, Step.MEASURE)
    for item, user in zip(case.items.all(), (carol.user, sam), strict=True):
        said = COUNTER | {"explanation": f"{user.name}自己写的。"}
        answering.file_counter(item, user, said, evidence=[staged(EvidenceKind.COUNTER).pk])
    decided(case, mona, Step.FORWARD)
    text = letter("forward_claimant")
    for item, user in zip(case.items.all(), (carol.user, sam), strict=True):
        assert f"{user.name}自己写的。" in text
        assert text.count(f"/p/{item.article_id}.html") == 2  # In the list, and over what is said.
