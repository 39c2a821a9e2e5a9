"""Writing one post or page, unless it is here already as it should be."""

import re
from typing import TYPE_CHECKING, Any

from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext as _
from taggit.models import Tag

from articles.models import (
    Article,
    Category,
    Contributor,
    ImportRecord,
    Origin,
    Page,
    Status,
    Topic,
)
from articles.services.imports import lead_on, remember
from articles.services.publishing import write_imported
from articles.services.taxonomy import save_page
from articles.wxr.drafting import Draft
from articles.wxr.items import Item
from articles.wxr.report import CREATED, KEPT, UNCHANGED, UPDATED

if TYPE_CHECKING:
    from articles.wxr.importer import Import

# Kept with each revision that an import writes; another one on top means that it was edited here.
NOTE = "import_wxr"
_ARTICLE = re.compile(r"/p/(\d{1,18})\.html\Z")
_SEEN = 20_000


class Writer:
    """Writes what the import has prepared; in a dry run it only says what it would do."""

    def __init__(self, run: "Import", prefix: str) -> None:
        self.run = run
        self.prefix = prefix
        self._seen_tags: set[str] = set()

    def meet(self, item: Item) -> None:
        """Make the byline and the categories of an item, where the export does not list them.
        Raises ValidationError."""
        self.run.bylines.get(_creator(item))
        for term in item.terms:
            if term.kind == "category":
                self.run.columns.get(term.slug or term.name, term.name)

    def write(self, made: Draft, record: ImportRecord | None) -> str:
        """Write an item and say what happened. Raises what the services raise."""
        digest = made.digest()
        if record is not None and record.digest == digest:
            return UNCHANGED
        if made.row.kind == "page":
            return self._page(made, record, digest)
        return self._post(made, record, digest)

    # --- Posts ------------------------------------------------------------------------------
    def _post(self, made: Draft, record: ImportRecord | None, digest: str) -> str:
        article = (
            Article.objects.get(pk=record.object_id or 0) if record else Article(pk=made.row.number)
        )
        if record is not None and _was_edited(article):
            made.why.append(_("It was edited here since; the change in the export was left out."))
            return KEPT
        if record is None:
            article.created_at = made.published_at or made.changed_at or timezone.now()
        fields = self._fields(made, article)
        if self.run.is_dry:
            _validate(fields)
            return UPDATED if record else CREATED
        written = write_imported(
            article,
            fields,
            tags=[term.name for term in made.tags],
            status=made.status,
            changed_at=made.changed_at or made.published_at,
            note=NOTE,
        )
        remember(self.run.source, "post", made.row.key, written.pk, digest)
        self._lead_on(made, written)
        self._lead_on_tags(made, written)
        return UPDATED if record else CREATED

    def _fields(self, made: Draft, article: Article) -> dict[str, Any]:
        published_at = made.published_at
        if published_at is None and made.status != Status.DRAFT:
            published_at = article.published_at or timezone.now()
        return {
            "title": made.title,
            "body": made.body,
            "excerpt": made.excerpt,
            "cover": made.cover,
            "category": self.run.columns.get(made.category) if made.category else None,
            "contributor": self.run.bylines.get(_creator(made.item)),
            "origin": Origin.CONTRIBUTED,
            "published_at": published_at,
            "featured": made.is_sticky,
            "sticky": made.is_sticky,
        }

    # --- Pages ------------------------------------------------------------------------------
    def _page(self, made: Draft, record: ImportRecord | None, digest: str) -> str:
        page = Page.objects.get(pk=record.object_id or 0) if record else Page(in_footer=False)
        if record is not None and page.updated_at > record.imported_at:
            made.why.append(_("It was edited here since; the change in the export was left out."))
            return KEPT
        page.title, page.body = made.title, made.body
        page.slug = page.slug or (made.row.target or "").removeprefix("/page/").strip("/")
        page.is_published = made.status != Status.DRAFT
        order = made.item.get("wp:menu_order")
        page.position = int(order) if order.isascii() and order.isdigit() and len(order) < 6 else 0
        if self.run.is_dry:
            page.clean_fields()
            return UPDATED if record else CREATED
        save_page(page, None)
        remember(self.run.source, "page", made.row.key, page.pk, digest)
        self._lead_on(made, None)
        return UPDATED if record else CREATED

    # --- Old addresses ----------------------------------------------------------------------
    def _lead_on(self, made: Draft, article: Article | None) -> None:
        target = made.row.target or ""
        paths = [
            path
            for path in made.addresses
            if path != target
            and not (article is not None and path == f"/?p={article.pk}")
            and not serves(path)
        ]
        for path in lead_on(article, dict.fromkeys(paths, target)):
            made.why.append(_("The old address %(path)s leads elsewhere already.") % {"path": path})

    def _lead_on_tags(self, made: Draft, article: Article) -> None:
        """Lead a tag's old address on where ours differs."""
        ours = {link["name"].casefold(): link["slug"] for link in article.tag_links}
        for term in made.tags:
            slug = ours.get(term.name.casefold(), "")
            if not term.slug or not slug or term.slug in self._seen_tags:
                continue
            if len(self._seen_tags) >= _SEEN:
                self._seen_tags.clear()
            self._seen_tags.add(term.slug)
            old, new = f"{self.prefix}/tag/{term.slug}/", f"/tag/{slug}/"
            if old != new and not serves(old):
                lead_on(None, {old: new})


def serves(path: str) -> bool:
    """Say whether an address shows a page of this site, which no redirect may take from it."""
    if "?" in path:
        return False
    if match := _ARTICLE.match(path):
        return Article.objects.filter(pk=int(match[1])).exists()
    try:
        match_here = resolve(path)
    except (Resolver404, ValueError):
        return False
    slug = match_here.kwargs.get("slug")
    models = {"category": Category, "tag": Tag, "author": Contributor, "topic": Topic, "page": Page}
    model = models.get(match_here.url_name or "")
    if slug is None or model is None:
        return True
    found: bool = model._default_manager.filter(slug=slug).exists()
    return found


def _creator(item: Item) -> str:
    return item.get("dc:creator") or item.get("wp:author")


def _was_edited(article: Article) -> bool:
    last = article.history.order_by("-history_date", "-history_id").first()
    return last is None or bool(last.history_change_reason != NOTE)


def _validate(fields: dict[str, Any]) -> None:
    """Check in a dry run what the services would refuse. Raises ValidationError."""
    known = {name: fields[name] for name in ("title", "excerpt", "published_at")}
    Article(**known, body=fields["body"]).clean_fields(exclude=["contributor"])
