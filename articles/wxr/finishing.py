"""What can only be done when all articles are there: addresses of lists and attachments,
summaries without the greetings that many share, related articles."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from articles.models import Article, ImportRecord, RelatedArticle, SearchOwed
from articles.search import index_owed, refresh_search_statistics
from articles.services.derive import open_with_greeting, rederive
from articles.services.imports import lead_on
from articles.services.related import store_related
from articles.services.resembling import Library
from articles.wxr.plan import Row
from articles.wxr.report import CREATED, KEPT, SKIPPED, Entry
from articles.wxr.writing import serves

if TYPE_CHECKING:
    from articles.wxr.importer import Import

_BATCH = 200


class Finish:
    def __init__(self, run: "Import") -> None:
        self.run = run

    # --- Addresses --------------------------------------------------------------------------
    def lead_on_categories(self) -> None:
        """Lead the categories' old addresses on: with their parents' names before them, with
        WordPress's own slug, with its number."""
        addresses = self.run.columns.addresses()
        wanted: dict[str, str] = {}
        numbers = {key: number for number, key in self.run.columns.numbers.items()}
        for slug, new in addresses.items():
            key = next((k for k in self.run.columns.terms if k == slug), slug)
            wanted[f"{self.run.writer.prefix}/category/{slug}/"] = new
            wanted[self.run.writer.prefix + self.run.columns.old_path(key)] = new
            if number := numbers.get(key):
                wanted[f"/?cat={number}"] = new
        self._lead_on({old: new for old, new in wanted.items() if old != new and not serves(old)})

    def lead_on_attachments(self) -> None:
        """Tell of every attachment, and lead its page to the article it belongs to, else to the
        picture; its file to the picture."""
        for rows in self.run.plan.batches("attachment"):
            wanted: dict[str, str] = {}
            for row in rows:
                picture = self.run.pictures.known(row.url) if row.url else None
                url = picture.url if picture and picture.url.startswith("/") else ""
                article = self._article_of(row)
                if url and not serves(row.url):
                    wanted[row.url] = url
                if (article or url) and row.path not in {"", "/"} and not serves(row.path):
                    wanted[row.path] = article or url
                if (article or url) and row.wpid:
                    wanted[f"/?attachment_id={row.wpid}"] = article or url
                self._tell(row, article, url)
            self._lead_on(wanted)

    def _article_of(self, row: Row) -> str:
        parent = self.run.plan.by_number(row.parent) if row.parent else None
        if parent is None or parent.kind == "attachment" or parent.status != "publish":
            return ""
        return parent.target or ""

    def _tell(self, row: Row, article: str, url: str) -> None:
        why = [] if url else [_("No article shows it, or its file was not found.")]
        what = CREATED if url else SKIPPED
        old = row.path or row.url
        entry = Entry(old, "attachment", row.status, row.title, what, url or article, why)
        self.run.report.add(entry)

    def _lead_on(self, wanted: dict[str, str]) -> None:
        if self.run.is_dry:
            return
        items = [(old, new) for old, new in wanted.items() if len(old) <= 500 and len(new) <= 500]
        for at in range(0, len(items), _BATCH):
            for path in lead_on(None, dict(items[at : at + _BATCH])):
                why = [_("It leads elsewhere already; that was kept.")]
                self.run.report.add(Entry(path, "redirect", "", "", KEPT, "", why))

    # --- Derived ----------------------------------------------------------------------------
    def _imported(self, stage: str) -> Iterator[list[int]]:
        """Yield the numbers of all articles that imports of this source brought, in batches."""
        found = ImportRecord.objects.filter(source=self.run.source, kind="post")
        total, done, last = found.count(), 0, 0
        while True:
            batch = list(
                found.filter(pk__gt=last).order_by("pk").values_list("pk", "object_id")[:_BATCH]
            )
            if not batch:
                return
            yield [number for _pk, number in batch if number]
            last, done = batch[-1][0], done + len(batch)
            self.run.progress.show(stage, done, total, f"{done}/{total}")

    def settle_summaries(self) -> None:
        """Cut the summaries anew that begin with what turned out to be a greeting."""
        for numbers in self._imported(_("Summaries")):
            blank = Article.objects.filter(pk__in=numbers, excerpt="").exclude(summary="")
            articles = list(blank.only("summary"))
            flags = open_with_greeting([article.summary for article in articles])
            with transaction.atomic():
                for article, is_greeting in zip(articles, flags, strict=True):
                    if is_greeting:
                        rederive(article)

    def relate(self) -> None:
        """Store what is related to each article that is new or changed, or has none yet, and anew
        for those of the site's own that they now belong to."""
        self._index()
        library = Library()
        beside: set[int] = set()
        for numbers in self._imported(_("Related articles")):
            public = set(
                Article.objects.filter(pk__in=numbers, public_at__isnull=False).values_list(
                    "pk", flat=True
                )
            )
            have = RelatedArticle.objects.filter(article__in=public).values_list(
                "article", flat=True
            )
            due = public - set(have.distinct()) | (public & self.run.plan.touched(public))
            for number in sorted(due):
                store_related(number, library)
            beside |= self._beside(public)
        for done, number in enumerate(sorted(beside)):
            store_related(number, library)
            self.run.progress.show(_("Related articles"), done, len(beside), "")

    def _index(self) -> None:
        """Let the search index follow, which finds what is related."""
        waiting = SearchOwed.objects.count()

        def go_on() -> bool:
            left = SearchOwed.objects.count()
            self.run.progress.show(_("Search index"), waiting - left, waiting, "")
            return True

        index_owed(go_on)
        refresh_search_statistics()

    def _beside(self, numbers: set[int]) -> set[int]:
        """Return the articles below these that no import of this source brought. One query."""
        imported = ImportRecord.objects.filter(source=self.run.source, kind="post")
        rows = RelatedArticle.objects.filter(article__in=numbers)
        others = rows.exclude(
            other__in=imported.filter(object_id__isnull=False).values("object_id")
        )
        return set(others.values_list("other", flat=True))
