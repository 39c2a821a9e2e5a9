"""Old addresses that lead on."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, unquote, urlencode

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from taggit.models import Tag

from articles.models import (
    Article,
    Category,
    Contributor,
    MissingPath,
    Page,
    Redirect,
    Topic,
    User,
)
from articles.services.permissions import require

# WordPress's files and endings for feeds; what is not Atom is led to RSS 2.0.
_FEED_FILE = re.compile(r"/(?:wp-)?(comments)?(atom|rss2|rss|rdf|feed)(?:/|\.php|\.xml)?")
_FEED_OF = re.compile(r"(/.*/)feed/(?:(atom|rss2|rss|rdf)/)?")
_OLD_SITEMAPS = {"/wp-sitemap.xml", "/sitemap_index.xml", "/sitemap-index.xml"}
_LISTS = ("/category/", "/tag/", "/topic/", "/author/")


@transaction.atomic
def save_redirect(redirect: Redirect, by: User | None) -> Redirect:
    """Save a redirect, validated; its address is missing no more. Raises PermissionDenied,
    ValidationError."""
    require(by, f"articles.{'change' if redirect.pk else 'add'}_redirect")
    redirect.old_path = redirect.old_path.strip()
    redirect.target = redirect.target.strip()
    redirect.full_clean()
    redirect.save()
    MissingPath.objects.filter(path=redirect.old_path).delete()
    return redirect


@transaction.atomic
def delete_redirect(redirect: Redirect, by: User | None) -> None:
    """Forget a redirect: its address is not found again. Raises PermissionDenied."""
    require(by, "articles.delete_redirect")
    redirect.delete()


@transaction.atomic
def lead_on(old: str, new: str) -> None:
    """Let the address of a list or page that moved lead to its new one, and so all that led to
    the old one; feeds below it follow by `find_feed`. Called by the service that moves it, in its
    transaction; five queries, none where nothing moves.

    No chains and no circles: what would lead to itself is forgotten.
    """
    if old == new:
        return
    for row in Redirect.objects.filter(target__startswith=old):
        if row.target.startswith(old):  # SQLite takes no notice of case.
            row.target = new + row.target.removeprefix(old)
            row.save(update_fields=["target"])
    Redirect.objects.filter(Q(old_path=new) | Q(old_path=F("target"))).delete()
    Redirect.objects.update_or_create(old_path=old, defaults={"target": new, "article": None})
    MissingPath.objects.filter(path=old).delete()


def find_redirect(address: str) -> Redirect | None:
    """Return the redirect of an old address (path and query, as asked for), or None.

    The redirect that names the query string goes before that of the path alone. One query.
    """
    full = unquote(address)
    path = full.partition("?")[0]
    asked = {full, path, path.rstrip("/") + "/"}
    usable = [old[:500] for old in asked if "\x00" not in old]
    found = {row.old_path: row for row in Redirect.objects.filter(old_path__in=usable)}
    return found[max(found, key=len)] if found else None


def find_feed(address: str) -> str | None:
    """Return the feed or sitemap that an address of WordPress's names (`/?feed=atom&cat=3`,
    `/wp-rss2.php`, `/wp-sitemap.xml`, a list's old address and `feed/`), or None. One query at
    most."""
    path, _mark, query = address.partition("?")
    if path in _OLD_SITEMAPS:
        return "/sitemap.xml"
    asked = dict(parse_qsl(query))
    kind = asked.pop("feed", "")
    if kind and path in {"/", "/index.php"}:
        page = _leads_to(f"/?{urlencode(asked)}") if asked else "/"
        return _feed_address(page, kind)
    if match := _FEED_FILE.fullmatch(path):
        return _feed_address("/", f"{'comments-' if match[1] else ''}{match[2]}")
    if match := _FEED_OF.fullmatch(path):
        return _feed_address(_leads_to(match[1]), match[2] or "")
    return None


def _leads_to(address: str) -> str | None:
    row = find_redirect(address)
    return row.leads_to if row is not None else None


def _feed_address(page: str | None, kind: str) -> str | None:
    """Return the address of a page's feed; articles and single pages have none."""
    if kind.startswith("comments"):
        return "/comments/feed/"
    if page is None or not (page == "/" or page.startswith(_LISTS)):
        return None
    return f"{page}feed/{'atom/' if kind == 'atom' else ''}"


# --- Counting -------------------------------------------------------------------------------
MISSING_AT_MOST = 2000
_MISSING_KEPT = timedelta(days=60)


@transaction.atomic
def count_addresses(redirects: Mapping[int, int], missing: Mapping[str, int]) -> None:
    """Add a batch of used redirects (number → how often) and of addresses that were not found.
    One query a redirect, two an address; when the table of addresses is full no new one comes in
    until the day's pruning."""
    today = timezone.localdate()
    for pk in sorted(redirects):
        counted = Redirect.objects.filter(pk=pk)
        counted.update(hits=F("hits") + redirects[pk], last_on=today)
    room = MISSING_AT_MOST - MissingPath.objects.count() if missing else 0
    known = set(MissingPath.objects.filter(path__in=missing).values_list("path", flat=True))
    new = sorted(missing.keys() - known, key=lambda path: (-missing[path], path))[: max(0, room)]
    MissingPath.objects.bulk_create(
        [MissingPath(path=path, hits=0, first_on=today, last_on=today) for path in new],
        ignore_conflicts=True,
    )
    for path in sorted(known | set(new)):
        counted_path = MissingPath.objects.filter(path=path)
        counted_path.update(hits=F("hits") + missing[path], last_on=today)


@transaction.atomic
def prune_missing() -> int:
    """Forget addresses that nobody has asked for in 60 days, and of a full table the half that is
    asked for least; return how many. For the periodic command."""
    old = MissingPath.objects.filter(last_on__lt=timezone.localdate() - _MISSING_KEPT)
    gone = old.delete()[0]
    if MissingPath.objects.count() >= MISSING_AT_MOST:
        order = MissingPath.objects.order_by("-hits", "-last_on", "pk").values_list("pk", flat=True)
        kept = list(order[: MISSING_AT_MOST // 2])
        gone += MissingPath.objects.exclude(pk__in=kept).delete()[0]
    return gone


@transaction.atomic
def forget_missing(row: MissingPath, by: User | None) -> None:
    """Strike an address off the list; it comes back when it is asked for again. Raises
    PermissionDenied."""
    require(by, "articles.delete_missingpath")
    row.delete()


# --- Suggestions ----------------------------------------------------------------------------
@dataclass(frozen=True)
class Suggestion:
    """Where an address that was not found may be meant to lead."""

    label: str
    path: str
    article_id: int | None = None


_NUMBER = re.compile(r"(?:\A|[/_=-])([1-9]\d{0,17})(?:\.s?html?)?/?\Z")


def suggest_targets(paths: Iterable[str]) -> dict[str, Suggestion]:
    """Return address → what it may mean: the article of its number, else the category, tag, topic,
    byline or page of its last part. Six queries however many addresses there are."""
    asked = list(paths)
    numbers = {path: int(match[1]) for path in asked if (match := _NUMBER.search(path))}
    shown = Article.objects.visible().only("title").in_bulk(set(numbers.values()))
    found = {
        path: Suggestion(shown[pk].title, shown[pk].get_absolute_url(), pk)
        for path, pk in numbers.items()
        if pk in shown
    }
    slugs = {path: _slug_of(path) for path in asked if path not in found and _slug_of(path)}
    places = _places(set(slugs.values()))
    return found | {path: places[slug] for path, slug in slugs.items() if slug in places}


def _slug_of(path: str) -> str:
    last = path.rstrip("/").rpartition("/")[2]
    return re.sub(r"\.(?:s?html?|php)\Z", "", last)


def _places(slugs: set[str]) -> dict[str, Suggestion]:
    """Return slug → the page that has it; the first kind that has one is taken."""
    tagged = Tag.objects.filter(slug__in=slugs, article_items__content_object__in=(
        Article.objects.visible().values("pk")
    )).distinct()  # fmt: skip
    found: dict[str, Suggestion] = {}
    for rows in (
        Category.objects.filter(slug__in=slugs),
        Topic.objects.filter(slug__in=slugs),
        Contributor.objects.filter(slug__in=slugs),
        Page.objects.filter(slug__in=slugs, is_published=True),
    ):
        for row in rows:
            found.setdefault(row.slug, Suggestion(str(row), row.get_absolute_url()))
    for tag in tagged:
        found.setdefault(tag.slug, Suggestion(tag.name, f"/tag/{tag.slug}/"))
    return found
