"""From an item of the export to the fields of an article or a page. Writes nothing."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from articles.html import clean, text_of
from articles.models import Status
from articles.prose import cut
from articles.wxr.items import Item, Term
from articles.wxr.links import OldSite
from articles.wxr.markup import Converted, convert
from articles.wxr.names import plain
from articles.wxr.plan import Row, decoded, local_path

SKIPPED_STATUSES = {"trash", "auto-draft", "inherit"}
_TITLE, _PAGE_TITLE, _EXCERPT, _TAG_NAME, _PATH = 200, 100, 500, 100, 500
_MORE_AS_EXCERPT = 300
_SHOWN_MISSES = 5
_DEFAULT_CATEGORIES = {"uncategorized", "uncategorised", "未分类", "未分類"}
_PRIMARY = ("_yoast_wpseo_primary_category", "rank_math_primary_category")


@dataclass
class Draft:
    """What is to be written for one item, and why it differs from what it was."""

    item: Item
    row: Row
    title: str
    body: str
    excerpt: str = ""
    status: Status = Status.DRAFT
    published_at: datetime | None = None
    changed_at: datetime | None = None
    is_sticky: bool = False
    slug: str = ""
    category: str = ""
    tags: list[Term] = field(default_factory=list)
    cover: Any = None
    addresses: list[str] = field(default_factory=list)
    why: list[str] = field(default_factory=list)
    converted: Converted = field(default_factory=Converted)

    def digest(self) -> str:
        """Return a fingerprint of what is written, so that a second run can tell a change."""
        parts = [
            # Whether a scheduled post was due by then is no change of it.
            self.title, self.body, self.excerpt, self.status == Status.DRAFT,
            str(self.published_at),
            str(self.changed_at), self.is_sticky, self.slug, self.category,
            [(t.slug, t.name) for t in self.tags], getattr(self.cover, "key", ""),
            self.addresses, self.item.get("dc:creator"),
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def draft(item: Item, row: Row, old: OldSite, categories: Mapping[str, str]) -> Draft:
    """Return what to write for a post or page. `categories` maps the numbers of categories in
    WordPress to their slugs there."""
    old.current = item.number
    converted = convert(item.fields.get("content:encoded", ""), old)
    body = clean(converted.html)
    made = Draft(item, row, "", body, converted=converted)
    made.title = _title(made, text_of(body))
    made.excerpt = _excerpt(made)
    made.slug = decoded(item.get("wp:post_name"))
    _set_status(made)
    made.changed_at = moment(item, "wp:post_modified")
    made.is_sticky = item.get("wp:is_sticky") == "1" and made.status != Status.DRAFT
    made.category, made.tags = _terms(item, categories)
    made.addresses = _addresses(item)
    thumbnail = item.first_meta("_thumbnail_id")
    if thumbnail.isascii() and thumbnail.isdigit() and len(thumbnail) < 13:
        attachment = old.plan.by_number(int(thumbnail))
        if attachment is not None and attachment.kind == "attachment":
            made.cover = old.pictures.find(attachment.url, attachment.alt)
    _tell(made, old)
    return made


def _title(made: Draft, text: str) -> str:
    longest = _PAGE_TITLE if made.row.kind == "page" else _TITLE
    title = plain(made.item.get("title"))
    if not title:
        made.why.append(_("It had no title; its first words stand for it."))
        title = cut(text.split("\n")[0], 30) if text else ""
        title = title or _("Untitled (%(key)s)") % {"key": made.row.key[:20]}
    if len(title) > longest:
        made.why.append(_("The title was longer than %(limit)d characters.") % {"limit": longest})
        title = title[: longest - 1].rstrip() + "…"
    return title


def _excerpt(made: Draft) -> str:
    excerpt = text_of(clean(made.item.get("excerpt:encoded"))).replace("\n", " ")
    if not excerpt and made.converted.more:
        more = text_of(clean(made.converted.more)).replace("\n", " ")
        return more if len(more) <= _MORE_AS_EXCERPT else ""
    if len(excerpt) > _EXCERPT:
        made.why.append(
            _("The excerpt was longer than %(limit)d characters.") % {"limit": _EXCERPT}
        )
        return cut(excerpt, _EXCERPT - 1)
    return excerpt


# --- Dates and status -----------------------------------------------------------------------
def moment(item: Item, name: str) -> datetime | None:
    """Return a date of the item: GMT where it is stated, else in the site's time zone."""
    if found := _parsed(item.get(f"{name}_gmt")):
        return found.replace(tzinfo=UTC)
    if found := _parsed(item.get(name)):
        try:
            return timezone.make_aware(found).astimezone(UTC)
        except (OverflowError, ValueError):
            return None
    return None


def _parsed(text: str) -> datetime | None:
    try:
        found = datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 – the caller knows.
    except ValueError:
        return None
    # Dates at the very ends of the calendar cannot be shown in every time zone.
    return found if 1 < found.year < 9999 else None


def _published(item: Item) -> datetime | None:
    if found := moment(item, "wp:post_date"):
        return found
    try:
        found = parsedate_to_datetime(item.get("pubDate"))
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
    # WordPress writes this one for what was never published.
    return found if 1970 <= found.year < 9999 else None


def _set_status(made: Draft) -> None:
    item, status = made.item, made.item.status
    made.published_at = _published(item)
    if item.fields.get("wp:post_password", ""):
        made.why.append(_("It was protected with a password: now a draft."))
    elif status in {"publish", "future"}:
        _set_public(made)
    elif status == "private":
        made.why.append(_("It was private: now a draft."))
    elif status == "pending":
        made.why.append(_("It was waiting for review: now a draft."))
    elif status != "draft":
        made.why.append(
            _("The status %(status)s is not known here: now a draft.") % {"status": status[:40]}
        )


def _set_public(made: Draft) -> None:
    if not made.body.strip():
        made.why.append(_("It has no text: now a draft."))
        return
    made.status = Status.PUBLISHED
    if made.published_at is None:
        made.why.append(_("It had no date: that of the import was taken."))
    elif made.published_at > timezone.now():
        made.status = Status.SCHEDULED
    elif made.item.status == "future":
        made.why.append(_("Its time has come meanwhile: published."))


# --- Terms and addresses --------------------------------------------------------------------
def _terms(item: Item, numbers: Mapping[str, str]) -> tuple[str, list[Term]]:
    """Return the slug of the category an article stands in, and its tags. Further categories
    become tags, so that nothing is lost."""
    categories = {t.slug or t.name: t for t in item.terms if t.kind == "category"}
    tags = {plain(t.name).casefold(): t for t in item.terms if t.kind == "tag"}
    wanted = next((slug for key in _PRIMARY if (slug := numbers.get(item.first_meta(key)))), "")
    real = [slug for slug, t in categories.items() if not _is_default(t)]
    chosen = wanted if wanted in categories else next(iter([*real, *categories]), "")
    for slug in real:
        if slug != chosen:
            term = categories[slug]
            tags.setdefault(plain(term.name).casefold(), Term("", term.name, kind="tag"))
    named = [Term(decoded(t.slug), plain(t.name)[:_TAG_NAME], kind="tag") for t in tags.values()]
    return chosen, [t for t in named if t.name and "\x00" not in t.name][:100]


def _is_default(term: Term) -> bool:
    return decoded(term.slug).lower() in _DEFAULT_CATEGORIES or term.name in _DEFAULT_CATEGORIES


def _addresses(item: Item) -> list[str]:
    """Return the paths under which an item was found in WordPress."""
    link = local_path(item.get("link"))
    found = [link]
    if item.number:
        found.append(f"/?{'page_id' if item.kind == 'page' else 'p'}={item.number}")
    name = decoded(item.get("wp:post_name"))
    for slug in item.meta.get("_wp_old_slug", [])[:20]:
        if name and f"/{name}" in link and (former := decoded(slug)):
            head, _name, tail = link.rpartition(name)
            found.append(f"{head}{former}{tail}")
    return [path for path in dict.fromkeys(found) if path and path != "/" and len(path) <= _PATH]


# --- What is to be said ---------------------------------------------------------------------
def _tell(made: Draft, old: OldSite) -> None:
    """Note what of a text could not be taken over."""
    missing, refused = old.pictures.drain()
    if missing:
        shown = "、".join(dict.fromkeys(missing[:_SHOWN_MISSES]))
        made.why.append(
            _("%(count)d pictures were not found and are links now: %(which)s")
            % {"count": len(missing), "which": shown}
        )
    for path, reason in refused[:_SHOWN_MISSES]:
        made.why.append(
            _("The picture %(path)s was refused: %(why)s") % {"path": path, "why": reason}
        )
    if names := made.converted.shortcodes:
        shown = "、".join(f"[{name}]" for name in list(names)[:_SHOWN_MISSES])
        made.why.append(_("Shortcodes removed, their content kept: %(names)s") % {"names": shown})
    if blocks := made.converted.blocks:
        shown = "、".join(list(blocks)[:_SHOWN_MISSES])
        made.why.append(_("Blocks without content removed: %(names)s") % {"names": shown})
    if made.converted.is_flattened:
        made.why.append(_("Its HTML was nested too deeply; the text was kept."))
    if made.row.note == "again":
        made.why.append(_("Its number stands twice in the export; it got a new one."))
    elif made.row.note == "taken":
        made.why.append(_("Its number belongs to another article here; it got a new one."))
