"""What the review page informs of. Nothing here rejects anything."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.folding import fold_with_offsets
from articles.html import parse, picture_keys, text_of
from articles.models import AiLabel, Article, Origin, Picture
from submissions.models import Submission, WatchedWord

_AROUND = 18
HITS_AT_MOST = 60
LONG_PARAGRAPH = 600

_KINDS = {
    "word": gettext_lazy("Watched word"),
    "phone": gettext_lazy("Telephone number"),
    "wechat": gettext_lazy("WeChat"),
    "qq": gettext_lazy("QQ"),
    "email": gettext_lazy("E-mail address"),
    "address": gettext_lazy("Web address"),
    "promotion": gettext_lazy("Promotion"),
}
# Patterns over the text with every character as wide as half, which keeps the offsets. A mark or
# a space between the digits is how numbers are disguised.
_GAP = r"[\s\-—_.·•,，。、*]{0,2}"
_ID = r"(?:号|號|公众号|公眾號|群|ID|id)?[\s:：是为為=→>（(【\[]{0,4}"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("phone", re.compile(rf"(?<!\d)(?:\+?86{_GAP})?1{_GAP}[3-9](?:{_GAP}\d){{9}}(?!\d)")),
    ("phone", re.compile(r"(?<!\d)0\d{2,3}[-－—\s]\d{7,8}(?!\d)")),
    ("phone", re.compile(r"(?<!\d)[48]00[-－—\s]?\d{3}[-－—\s]?\d{4}(?!\d)")),
    (
        "wechat",
        re.compile(
            rf"(?:加|添加|关注|關注|扫码|掃碼)?(?:我的?|本人)?(?:微信|威信|薇信|徽信|wei\s?xin|"
            rf"wechat|\bvx\b|\bwx\b|[vV]信|\+[vV]|[加➕][vV薇威]){_ID}"
            rf"[A-Za-z][A-Za-z0-9_-]{{4,19}}",
            re.IGNORECASE,
        ),
    ),
    (
        "qq",
        re.compile(
            rf"(?:扣扣|企鹅|企鵝|[Qq]\s?[Qq]|[加进進][Qq]){_ID}[1-9](?:{_GAP}\d){{4,10}}(?!\d)"
        ),
    ),
    (
        "email",
        re.compile(
            r"[A-Za-z0-9._%+-]{1,64}\s?(?:@|#|\[at\]|\(at\)|（at）)\s?"
            r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,10}",
            re.IGNORECASE,
        ),
    ),
    (
        "address",
        re.compile(
            r"(?:https?://|www\.)[^\s<>\"'，。；！？、（）《》“”\u4e00-\u9fff]{3,300}|"
            r"(?<![A-Za-z0-9@._-])[A-Za-z0-9-]{2,63}\.(?:com|cn|net|org|top|vip|xyz|shop|cc|me|io|"
            r"club|site|online|link|app)(?![A-Za-z0-9-])(?:/[^\s，。；！？、（）“”\u4e00-\u9fff]{0,200})?",
            re.IGNORECASE,
        ),
    ),
    (
        "promotion",
        re.compile(
            r"(?:加|添加|＋)(?:我|个|一下|小编)?(?:的)?(?:微信|薇信|威信|[vV](?![A-Za-z])|好友|"
            r"[Qq]群|群聊)|扫(?:一扫|描)?(?:下方|文末|上方)?二?维?码|关注(?:我的?|本)?公众号|"
            r"私信(?:我|领取|获取)|(?:免费|限时)(?:领取|领|送)|点击(?:下方|文末)?链接|"
            r"(?:下单|购买|领券)(?:链接|地址|入口)|优惠码|邀请码|推广码|复制(?:口令|这段)|淘口令|"
            r"加盟(?:热线|电话)|咨询(?:热线|电话)|包(?:过|赚)|稳赚"
        ),
    ),
)


@dataclass(frozen=True)
class Hit:
    """A place that an editor should know of. `start` and `end` are offsets in the plain text
    (`text_of`), or -1 for the title and for the target of a link."""

    kind: str
    quote: str
    start: int
    end: int
    before: str = ""
    after: str = ""
    note: str = ""

    @property
    def label(self) -> str:
        return str(_KINDS[self.kind])


@dataclass(frozen=True)
class Check:
    """A line of the checklist: whether it is as it should be, and what was seen."""

    is_good: bool
    label: str
    detail: str = ""


# --- Watched words, contacts, promotion -----------------------------------------------------
def hits(title: str, body: str) -> list[Hit]:
    """Return the watched words, contacts and promotions of a text, in its order; at most
    HITS_AT_MOST. One query for the words."""
    text = text_of(body)
    words = list(WatchedWord.objects.all())
    found = [
        *(_in_title(hit) for hit in _found(title, words)),
        *sorted(_found(text, words), key=lambda hit: (hit.start, -hit.end)),
        *_link_targets(body, text),
    ]
    return found[:HITS_AT_MOST]


def _in_title(hit: Hit) -> Hit:
    return Hit(hit.kind, hit.quote, -1, -1, hit.before, hit.after, hit.note or _("in the title"))


def _found(text: str, words: Iterable[WatchedWord]) -> list[Hit]:
    return [*_watched(text, words), *contacts(text)]


def _watched(text: str, words: Iterable[WatchedWord]) -> Iterator[Hit]:
    """Find words whatever their width, script, case, and marks put between their characters."""
    folded, offsets = fold_with_offsets(text)
    for word in words:
        needle, _offsets = fold_with_offsets(word.word)
        at = folded.find(needle) if needle else -1
        while at >= 0:
            start, end = offsets[at], offsets[at + len(needle) - 1] + 1
            if _is_whole(text, start, end, needle):
                yield _hit("word", text, start, end, note=word.note)
            at = folded.find(needle, at + len(needle))


def _is_whole(text: str, start: int, end: int, needle: str) -> bool:
    """Whether a Latin word is found as a word and not inside another."""
    if not needle.isascii():
        return True
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (_is_latin(before) or _is_latin(after))


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def contacts(text: str) -> list[Hit]:
    """Return the telephone numbers, WeChat and QQ names, mail and web addresses and calls to
    follow or buy of a plain text. The site's own address is none. 1 ms for 1,500 characters."""
    narrow = _narrow(text)
    found: list[Hit] = []
    taken: list[tuple[int, int]] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(narrow):
            start, end = match.span()
            if any(start < e and s < end for s, e in taken) or _is_own(match[0]):
                continue
            taken.append((start, end))
            found.append(_hit(kind, text, start, end))
    return found


def _narrow(text: str) -> str:
    """Return the text with full-width and circled characters plain, each still in its place."""
    return "".join(
        plain if len(plain := unicodedata.normalize("NFKC", char)) == 1 else char for char in text
    )


def _is_own(found: str) -> bool:
    host = urlsplit(settings.SITE_URL).hostname or ""
    address = found if "//" in found else f"//{found}"
    return (urlsplit(address).hostname or "") == host


def _hit(kind: str, text: str, start: int, end: int, note: str = "") -> Hit:
    return Hit(
        kind,
        text[start:end],
        start,
        end,
        text[max(0, start - _AROUND) : start].rpartition("\n")[2],
        text[end : end + _AROUND].partition("\n")[0],
        note,
    )


def _link_targets(body: str, text: str) -> Iterator[Hit]:
    """Yield the targets of links to other sites that the text itself does not show."""
    if "<a " not in body:
        return
    for anchor in parse(body).iter("a"):
        href = anchor.get("href") or ""
        if not href.startswith(("http://", "https://", "mailto:")) or href in text or _is_own(href):
            continue
        kind = "email" if href.startswith("mailto:") else "address"
        label = " ".join(anchor.text_content().split())[:60]
        yield Hit(kind, href[:300], -1, -1, note=_("link behind “%(text)s”") % {"text": label})


# --- The checklist --------------------------------------------------------------------------
def checklist(submission: Submission, title: str, body: str) -> list[Check]:
    """Return what can be checked without reading, each with whether it is in order. Three
    queries."""
    return [
        *_of_text(body),
        *_of_pictures(submission, body),
        *_of_filing(submission, title),
        *_of_declarations(submission),
    ]


def _of_text(body: str) -> Iterator[Check]:
    text = text_of(body)
    length = len("".join(text.split()))
    yield Check(
        length >= 300, _("Long enough to be an article"), _("%(n)d characters") % {"n": length}
    )
    longest = max((len(line) for line in text.split("\n")), default=0)
    yield Check(
        longest <= LONG_PARAGRAPH,
        _("Paragraphs of a readable length"),
        _("the longest has %(n)d characters") % {"n": longest},
    )
    headings = body.count("<h2")
    if length > 1200 or headings:
        yield Check(
            headings > 0,
            _("Section headings in a long text"),
            _("%(n)d headings") % {"n": headings},
        )


def _of_pictures(submission: Submission, body: str) -> Iterator[Check]:
    keys = picture_keys(body)
    yield Check(submission.cover_id is not None, _("A cover"))
    if not keys:
        return
    images = list(parse(body).iter("img"))
    without = sum(not (image.get("alt") or "").strip() for image in images)
    detail = _("%(n)d of %(all)d without one") % {"n": without, "all": len(images)}
    yield Check(not without, _("Pictures have a description"), detail if without else "")
    own = Picture.objects.filter(key__in=keys, uploaded_by=submission.account_id).count()
    yield Check(own == len(keys), _("Pictures are the contributor's own uploads"))


def _of_filing(submission: Submission, title: str) -> Iterator[Check]:
    category = submission.category.name if submission.category else ""
    yield Check(bool(category), _("Filed in a category"), category)
    yield Check(bool(submission.tag_names), _("Has tags"), "、".join(submission.tag_names))
    same = Article.objects.filter(title=title).exclude(pk=submission.article_id or 0)
    yield Check(not same.exists(), _("No other article has this title"))


def _of_declarations(submission: Submission) -> Iterator[Check]:
    if submission.origin in {Origin.REPRINTED, Origin.LICENSED}:
        yield Check(bool(submission.source_url), _("Names the address of its source"))
        yield Check(bool(submission.proof), _("A proof of the licence is there"))
    if submission.origin == Origin.ORIGINAL:
        yield Check(submission.is_declared_original, _("Declared as one's own work"))
    declared = bool(submission.ai_text and submission.ai_images)
    generated = AiLabel.GENERATED in {submission.ai_text, submission.ai_images}
    yield Check(
        declared and not generated,
        _("AI is declared, and nothing is generated"),
        _("generated by AI: the article will be marked so") if generated else "",
    )
