"""The checklist before an article goes out, and letting it go out in spite of warnings."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from taggit.models import Tag

from articles.contacts import is_own
from articles.copyreading import (
    SHORT_TEXT,
    Finding,
    Link,
    Place,
    links,
    read_body,
    read_title,
    undescribed,
    warning,
)
from articles.html import picture_keys
from articles.models import (
    AiLabel,
    Article,
    Category,
    Contributor,
    Origin,
    Overruling,
    Page,
    Picture,
    Redirect,
    Topic,
    User,
)
from articles.prose import SUMMARY_CHARACTERS
from articles.services.permissions import require
from articles.services.publishing import publish, schedule

__all__ = [
    "ChecklistError", "Finding", "check", "publish_checked", "schedule_checked", "warnings_of",
]  # fmt: skip

# The kinds of pages with a slug, as their URL names begin.
_SLUGGED: Final = ("category", "tag", "topic", "author", "page")
_ARTICLE_VIEWS: Final = {"articles:article", "articles:markdown"}
# Pages of staff and of single persons: whoever reads the article cannot open them.
_NOT_PUBLIC: Final = ("/admin/", "/preview/", "/me/")
_NUMBER = re.compile(r"[1-9]\d{0,17}")

# What a link leads to: the kind of page and its number or slug; None for what is always there.
Target = tuple[str, str] | None


class ChecklistError(ValidationError):
    """Warnings stand and nobody has said why the article goes out all the same."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = list(findings)
        text = ngettext(
            "The checklist warns of %(n)d thing: %(warnings)s Change it, or give a reason.",
            "The checklist warns of %(n)d things: %(warnings)s Change them, or give a reason.",
            len(self.findings),
        )
        said = " ".join(finding.message for finding in self.findings)
        super().__init__({"reason": text % {"n": len(self.findings), "warnings": said}})


# --- The checks ------------------------------------------------------------------------------
def check(
    article: Article, tags: Iterable[str] | None = None, *, at: datetime | None = None
) -> list[Finding]:
    """Return what is to be said of an article before it goes out, what it must have first.

    The article may be unsaved, its derived fields set (articles.services.derive); `tags` then are
    its tags. `at` is the moment at which it will be public (now): links are judged by that. Four
    queries at most.
    """
    names = list(article.tag_names if tags is None else tags)
    found = [
        *_required(article),
        *read_title(article.title),
        *_same_title(article),
        *_length(article),
        *read_body(article.body, article.title),
        *_dead_links(article, at),
        *_pictures(article),
        *_filing(article, names),
        *_declarations(article),
    ]
    return sorted(found, key=lambda finding: not finding.is_must)


def warnings_of(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if not finding.is_must]


def _required(article: Article) -> Iterator[Finding]:
    """Yield what articles.services.publishing refuses to publish without."""
    if not article.prose.strip():
        yield Finding("no_text", "must", _("The text is empty."), field="body")
    if _is_foreign(article) and not article.source_url:
        text = _("A reprinted or licensed text names the address of its source.")
        yield Finding("no_source_url", "must", text, field="source_url")


def _is_foreign(article: Article) -> bool:
    return article.origin in {Origin.REPRINTED, Origin.LICENSED}


def _same_title(article: Article) -> Iterator[Finding]:
    if not article.folded_title:
        return
    same = Article.objects.on_desk().filter(folded_title=article.folded_title)
    row = same.exclude(pk=article.pk or 0).only("title", "status").order_by("pk").first()
    if row is not None:
        yield Finding(
            "same_title",
            "warning",
            _("Article %(number)d has the same title: “%(title)s” (%(status)s).")
            % {"number": row.pk, "title": row.title, "status": row.get_status_display()},
            _("Perhaps it is the same text, or readers could not tell them apart."),
            "title",
            about=row.pk,
        )


def _length(article: Article) -> Iterator[Finding]:
    if 0 < article.characters < SHORT_TEXT:
        yield warning(
            "short_text",
            _("The text has %(n)d characters only.") % {"n": article.characters},
            _("Is it complete? Articles have %(least)d at least.") % {"least": SHORT_TEXT},
        )
    if len(article.excerpt) > SUMMARY_CHARACTERS:
        yield warning(
            "long_excerpt",
            _("The excerpt has %(n)d characters.") % {"n": len(article.excerpt)},
            _("Lists show it whole; others are cut at %(most)d.") % {"most": SUMMARY_CHARACTERS},
            "excerpt",
        )


def _filing(article: Article, tags: list[str]) -> Iterator[Finding]:
    if article.category_id is None:
        yield warning(
            "no_category",
            _("It stands in no category."),
            _("Then it is found on the front page and by search alone."),
            "category",
        )
    if not tags:
        yield warning(
            "no_tags",
            _("It has no tags."),
            _("Two or three tell readers, and the choice of related articles, what it is about."),
            "tags",
        )


def _declarations(article: Article) -> Iterator[Finding]:
    if article.ai_label == AiLabel.UNDECLARED:
        yield warning(
            "no_ai_label",
            _("It is not declared whether AI has written at it."),
            _("The rules for marking synthetic content ask for that. Ask the contributor."),
            "ai_label",
        )
    if _is_foreign(article) and not article.source_name:
        yield warning(
            "no_source_name",
            _("The source of the reprinted or licensed text is not named."),
            _("The line of provenance then shows an address alone."),
            "source_name",
        )


# --- Pictures --------------------------------------------------------------------------------
def _pictures(article: Article) -> Iterator[Finding]:
    """Yield what is wrong with the cover and the pictures. One query."""
    keys = picture_keys(article.body)
    asked = Q(key__in=keys) | Q(pk=article.cover_id or 0)
    rows = list(Picture.objects.filter(asked).only("key", "alt")) if _has_any(article, keys) else []
    alts = {row.key: row.alt.strip() for row in rows}
    yield from undescribed(article.body, lambda key: bool(alts.get(key)))
    if article.cover_id is None:
        yield warning(
            "no_cover",
            _("It has no cover."),
            _("Lists and shared links then show words alone."),
            "cover",
        )
    elif not any(row.alt.strip() for row in rows if row.pk == article.cover_id):
        yield warning(
            "cover_alt",
            _("The cover has no description."),
            _("Say what is to be seen, for those who cannot see it."),
            "cover_alt",
        )


def _has_any(article: Article, keys: list[str]) -> bool:
    return bool(keys) or article.cover_id is not None


# --- Links within the site -------------------------------------------------------------------
def _dead_links(article: Article, at: datetime | None) -> Iterator[Finding]:
    """Yield that links lead to nothing that readers can open. Two queries where there are any."""
    inside = [link for link in links(article.body) if _path(link.href)]
    targets = {link.href: _target(_path(link.href)) for link in inside}
    alive = _alive(article, targets, at)
    anchors = [link for link in links(article.body) if link.href.startswith("#")]
    dead = [
        *(link for link in inside if not _leads(targets[link.href], link, alive)),
        *(link for link in anchors if f'id="{unquote(link.href[1:])}"' not in article.prose),
    ]
    if dead:
        text = ngettext(
            "%(n)d link within the site leads nowhere: %(links)s.",
            "%(n)d links within the site lead nowhere: %(links)s.",
            len(dead),
        )
        shown = "、".join(dict.fromkeys(unquote(link.href)[:60] for link in dead[:3]))
        yield warning(
            "dead_link",
            text % {"n": len(dead), "links": shown},
            _("Readers cannot open what is a draft, withdrawn, withheld or not there at all."),
            where=tuple(Place(link.words) for link in dead),
        )


def _path(href: str) -> str:
    """Return the path and query of a link within the site; nothing for any other link."""
    if href.startswith("/"):
        return href.partition("#")[0]
    if not href.startswith(("http://", "https://")) or not is_own(href):
        return ""
    parts = urlsplit(href)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _target(address: str) -> Target:
    """Return what an address of this site leads to, for `_alive` to look up."""
    path, _mark, query = address.partition("?")
    path = unquote(path)
    if path.startswith(_NOT_PUBLIC):
        return ("nothing", path)
    if path == "/":
        number = parse_qs(query).get("p", [""])[0]
        return ("article", number) if _NUMBER.fullmatch(number) else None
    for candidate in (path, f"{path}/"):
        try:
            match = resolve(candidate)
        except Resolver404:
            continue
        if match.view_name in _ARTICLE_VIEWS:
            return ("article", str(match.kwargs["pk"]))
        kind = match.view_name.removeprefix("articles:").partition("_")[0]
        if kind in _SLUGGED and "slug" in match.kwargs:
            return (kind, match.kwargs["slug"])
        return None
    return ("nothing", path)


def _leads(target: Target, link: Link, alive: set[tuple[str, str]]) -> bool:
    return target is None or target in alive or ("redirect", _old(link.href)) in alive


def _old(href: str) -> str:
    return unquote(_path(href)).rstrip("/")


def _alive(
    article: Article, targets: dict[str, Target], at: datetime | None
) -> set[tuple[str, str]]:
    """Return which targets readers can open, and which addresses are led on. Two queries."""
    wanted = [target for target in targets.values() if target is not None]
    if not wanted:
        return set()
    numbers = {int(key) for kind, key in wanted if kind == "article"}
    alive = {("article", str(article.pk)), *(("tag", t["slug"]) for t in article.tag_links)}
    if numbers:
        shown = Article.objects.visible(at).filter(pk__in=numbers).values_list("pk", flat=True)
        alive |= {("article", str(pk)) for pk in shown}
    old = [_old(href) for href, target in targets.items() if target is not None]
    rows = _named("redirect", Redirect.objects.filter(old_path__in=_with_slash(old)), "old_path")
    slugs = {kind: [key for k, key in wanted if k == kind] for kind in _SLUGGED}
    parts = [_named(kind, _pages(kind, keys), "slug") for kind, keys in slugs.items() if keys]
    return alive | {(kind, key.rstrip("/")) for kind, key in rows.union(*parts, all=True)}


def _with_slash(paths: list[str]) -> list[str]:
    return [way for path in paths for way in (path, f"{path}/") if "\x00" not in way]


def _named(kind: str, rows: QuerySet[Any], field: str) -> QuerySet[Any, Any]:
    kinds = Value(kind, output_field=CharField())
    named: QuerySet[Any, Any] = rows.order_by().annotate(kind=kinds).values_list("kind", field)
    return named


def _pages(kind: str, slugs: list[str]) -> QuerySet[Any]:
    """Return the rows that pages with these slugs show; a tag that only hidden articles have is
    hidden too."""
    if kind == "tag":
        tagged = Article.objects.visible().filter(tag_items__tag=OuterRef("pk"))
        tags: QuerySet[Any] = Tag.objects.filter(Exists(tagged), slug__in=slugs)
        return tags
    models: dict[str, QuerySet[Any]] = {
        "category": Category.objects.all(),
        "topic": Topic.objects.all(),
        "author": Contributor.objects.all(),
        "page": Page.objects.filter(is_published=True),
    }
    return models[kind].filter(slug__in=slugs)


# --- Letting it go out -----------------------------------------------------------------------
@transaction.atomic
def publish_checked(article: Article, by: User, *, reason: str = "", note: str = "") -> Article:
    """Make an article public now, as a person does it: with warnings only for a reason, which is
    kept with them (Overruling).

    Raises PermissionDenied; ValidationError where the article lacks what a public one needs;
    ChecklistError while warnings stand and no reason is given.
    """
    require(by, "articles.publish_article")
    _pass(article, by, reason, at=None)
    return publish(article, by, note=note)


@transaction.atomic
def schedule_checked(
    article: Article, by: User, at: datetime, *, reason: str = "", note: str = ""
) -> Article:
    """Make an article public at a moment to come; otherwise as `publish_checked`."""
    require(by, "articles.publish_article")
    _pass(article, by, reason, at=at)
    return schedule(article, by, at, note=note)


def _pass(article: Article, by: User, reason: str, *, at: datetime | None) -> None:
    """Keep who overrules the article's warnings and why, if it has any. What it must have is left
    to the publishing, which refuses and takes this back."""
    locked = Article.objects.select_for_update().get(pk=article.pk)
    findings = check(locked, at=at)
    standing = warnings_of(findings)
    if not standing or len(standing) < len(findings):
        return
    reason = " ".join(reason.split())
    if not reason:
        raise ChecklistError(standing)
    overruling = Overruling(
        article=locked,
        by=by,
        name=str(by),
        reason=reason,
        warnings=[{"code": found.code, "message": found.message} for found in standing],
    )
    overruling.full_clean(exclude=["article", "by"])
    overruling.save()
