"""Ready-made cases for the tests of moderation."""

import hashlib
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from articles.models import Article, User
from moderation.models import Case, CaseItem, Evidence, EvidenceKind, Kind, Source, State, Step
from moderation.services import deciding, intake
from moderation.services.casework import Act
from moderation.services.deciding import Decision
from moderation.services.intake import Notice, Person, Submitted, Target

CLAIM = {
    "explanation": "第二节与我2025年8月发表的文章一致。",
    "work_title": "清汤的做法",
    "work_author": "周一",
    "work_source": "https://blog.example.net/2025/08/clear-broth",
    "original_text": "多数人一觉得慢就去买新设备。",
    "words": "多数人一觉得慢就去买新设备。",
    "data_type": "住址",
    "asked": "withhold",
    "signed": "周一",
}
RITA = Person(name="周一", email="rita@example.org", phone="13800001111", address="杭州市某路1号")


def staged(kind: EvidenceKind = EvidenceKind.RIGHT, *, shareable: bool = True) -> Evidence:
    """A file that a form has stored and no case has yet."""
    from django.core.files.storage import storages

    data = b"%PDF-1.4 proof"
    path = storages["private"].save("evidence/00/proof.pdf", ContentFile(data))
    digest = hashlib.sha256(data).hexdigest()
    return Evidence.objects.create(
        kind=kind, path=path, name="证明.pdf", media_type="application/pdf", size=14,
        sha256=digest, sent_sha256=digest, added_at=timezone.now(),
        is_shareable=shareable and kind not in {EvidenceKind.IDENTITY, EvidenceKind.AUTHORISATION},
    )  # fmt: skip


def notice(article: Article, kind: Kind = Kind.COPYRIGHT, **changes: Any) -> Notice:
    """Rita's notice about an article: complete, unless `changes` take something away."""
    fields: dict[str, Any] = {
        "kind": kind,
        "targets": [Target(article)],
        "person": RITA,
        "claim": dict(CLAIM),
        "evidence": [staged().pk],
    }
    return Notice(**fields | changes)


def submitted(article: Article, kind: Kind = Kind.COPYRIGHT, **changes: Any) -> Submitted:
    return intake.submit(notice(article, kind, **changes))


def under_review(article: Article, kind: Kind = Kind.COPYRIGHT, **changes: Any) -> Case:
    """A complete, confirmed case of Rita's."""
    case = submitted(article, kind, **changes).case
    if case.items.get().state == State.UNCONFIRMED:
        intake.confirm(case, case.claimant)
    case.refresh_from_db()
    return case


def decided(case: Case, by: User, step: Step, **fields: Any) -> Act:
    """A reviewer's step with a reason that fits."""
    case.refresh_from_db()
    from moderation.reasons import reasons_for

    reasons = reasons_for(step, Kind(case.kind))
    defaults = {
        "reason": reasons[0].code if reasons else "",
        "text": "理由如上。" if reasons else "",
        "gaps": ("E",) if step in {Step.REQUEST_FIX, Step.REQUEST_COUNTER_FIX} else (),
    }
    items = fields.pop("items", None)
    result = deciding.decide(
        case, by, step, Decision(**defaults | fields), version=case.version, items=items
    )
    assert isinstance(result, Act)
    case.refresh_from_db()
    return result


def measured(article: Article, by: User, kind: Kind = Kind.COPYRIGHT, **changes: Any) -> CaseItem:
    """The item of a case whose measure withholds the article."""
    case = under_review(article, kind, **changes)
    decided(case, by, Step.MEASURE)
    return case.items.get()


COUNTER = {
    "name": "卡罗尔",
    "phone": "13900002222",
    "address": "上海市某路2号",
    "explanation": "文章是我自己写的，底稿在附件里。",
    "signed": "卡罗尔",
}


def source() -> Source:
    return Source.PAPER
