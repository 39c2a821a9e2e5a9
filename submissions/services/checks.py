"""What the review page informs of. Nothing here rejects anything."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from articles.contacts import Hit, contacts, hit_at, is_own
from articles.folding import fold_with_offsets
from articles.html import parse, picture_keys, text_of
from articles.models import AiLabel, Article, Origin, Picture
from submissions.models import Submission, WatchedWord

HITS_AT_MOST = 60
LONG_PARAGRAPH = 600


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
                yield hit_at("word", text, start, end, note=word.note)
            at = folded.find(needle, at + len(needle))


def _is_whole(text: str, start: int, end: int, needle: str) -> bool:
    """Whether a Latin word is found as a word and not inside another."""
    if not needle.isascii():
        return True
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (_is_latin(before) or _is_latin(after))


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _link_targets(body: str, text: str) -> Iterator[Hit]:
    """Yield the targets of links to other sites that the text itself does not show."""
    if "<a " not in body:
        return
    for anchor in parse(body).iter("a"):
        href = anchor.get("href") or ""
        if not href.startswith(("http://", "https://", "mailto:")) or href in text or is_own(href):
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
