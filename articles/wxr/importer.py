"""Moving a WordPress site in: reads the export twice, first to check and to index it, then to
write it item by item through the services."""

from collections.abc import Iterator
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import DatabaseError, reset_queries, transaction
from django.utils.translation import gettext as _
from lxml.etree import LxmlError

from articles.models import ImportRecord, Status
from articles.services.imports import records, remember, reset_numbers
from articles.services.site import rebuild_chrome
from articles.wxr.drafting import SKIPPED_STATUSES, Draft, draft
from articles.wxr.finishing import Finish
from articles.wxr.items import Author, Item, Survey, Term
from articles.wxr.links import OldSite, hosts_of, roots_of, source_of
from articles.wxr.media import Pictures
from articles.wxr.names import plain
from articles.wxr.numbering import settle
from articles.wxr.people import Bylines, Columns
from articles.wxr.plan import Plan, Row
from articles.wxr.progress import Progress
from articles.wxr.reader import VERSIONS, Reader
from articles.wxr.report import CREATED, FAILED, SKIPPED, UPDATED, Entry, Report
from articles.wxr.stream import ExportStream
from articles.wxr.writing import Writer

# What one bad item may raise without ending the import.
ITEM_ERRORS = (ValidationError, DatabaseError, LxmlError, ValueError, LookupError)
_BATCH = 25
_BATCH_TEXT = 4 * 1024 * 1024

_NOT_TEXTS = {
    "nav_menu_item": "menu", "revision": "revision", "attachment": "", "custom_css": "style",
    "customize_changeset": "style", "wp_global_styles": "style", "wp_template": "template",
    "wp_template_part": "template", "wp_navigation": "menu",
}  # fmt: skip


class Import:
    """One run. `run()` does it all; `survey`, `warnings` and the report tell what happened."""

    def __init__(
        self,
        path: Path,
        report: Report,
        progress: Progress,
        *,
        media: Path | None = None,
        is_dry: bool = False,
    ) -> None:
        self.path = path
        self.report = report
        self.progress = progress
        self.media = media
        self.is_dry = is_dry
        self.survey = Survey()
        self.warnings: list[str] = []
        self.plan = Plan()
        self._authors: list[Author] = []
        self._categories: list[Term] = []

    def run(self) -> Survey:
        """Import the file. Raises Refused before anything is written where it cannot be read;
        memory stays the same however large it is. Safe to run again, also after a kill."""
        try:
            channel = self._check()
            self.source = source_of(channel)
            self._prepare(channel)
            settle(self.plan, self.source)
            self._make_people()
            self._write_items()
            self._finish()
        finally:
            self.plan.close()
            self.progress.end()
        return self.survey

    # --- The first pass ---------------------------------------------------------------------
    def _check(self) -> dict[str, str]:
        with ExportStream(self.path) as stream:
            reader = Reader(stream)
            for event in reader.events():
                self._index(event)
                self.progress.show(
                    _("Checking"), stream.read_bytes, stream.size,
                    _("%(count)d items") % {"count": reader.survey.items},
                )  # fmt: skip
            self.survey = reader.survey
            self._warn(stream)
        return reader.channel

    def _index(self, event: Author | Term | Item) -> None:
        if isinstance(event, Item):
            self.plan.add(event)
            for term in event.terms:
                if term.kind == "tag":
                    self.plan.add_tag(term)
        elif isinstance(event, Author):
            self._authors.append(event)
        elif event.kind == "tag":
            self.plan.add_tag(event)
        elif event.kind == "category":
            self._categories.append(event)

    def _warn(self, stream: ExportStream) -> None:
        if self.survey.version not in VERSIONS:
            self.warnings.append(
                _("The file states the version %(version)s, which is not known; it was read like "
                  "%(known)s.") % {"version": self.survey.version[:40], "known": VERSIONS[-1]}
            )  # fmt: skip
        if stream.preamble:
            self.warnings.append(
                _("Text before the XML was passed over: %(text)s")
                % {"text": " ".join(plain(stream.preamble).split())[:200]}
            )
        if stream.has_mark:
            self.warnings.append(_("A byte order mark before the XML was passed over."))
        if stream.stripped:
            shown = "、".join(f"{name} × {count}" for name, count in stream.stripped.items())
            self.warnings.append(
                _("Characters that XML forbids were removed: %(which)s") % {"which": shown}
            )

    # --- Between the passes -----------------------------------------------------------------
    def _prepare(self, channel: dict[str, str]) -> None:
        self.bylines = Bylines(self.source, self.report, is_dry=self.is_dry)
        self.columns = Columns(self.source, self.report, is_dry=self.is_dry)
        self.pictures = Pictures(self.source, self.media, is_dry=self.is_dry)
        hosts, roots = hosts_of(channel), roots_of(channel)
        self.old = OldSite(self.plan, self.pictures, hosts | self.plan.hosts, roots)
        prefix = max((root.rstrip("/") for root in roots), key=len, default="")
        self.writer = Writer(self, prefix)

    def _make_people(self) -> None:
        for author in self._authors:
            try:
                self.bylines.introduce(author)
            except (ValidationError, DatabaseError) as error:
                why = [str(error)]
                self.report.add(Entry("", "author", "", plain(author.name), FAILED, "", why))
        for term in self._categories:
            self.columns.list(term)
        self.columns.make_all()
        self.old.categories = self.columns.addresses()
        self.old.authors = self.bylines.addresses
        if self.columns.changed:
            rebuild_chrome()

    # --- The second pass --------------------------------------------------------------------
    def _write_items(self) -> None:
        batch: list[tuple[Item, Row]] = []
        length = 0
        for item, row in self._items():
            batch.append((item, row))
            length += len(item.fields.get("content:encoded", ""))
            if len(batch) >= _BATCH or length > _BATCH_TEXT:
                self._write_batch(batch)
                batch, length = [], 0
        self._write_batch(batch)

    def _items(self) -> Iterator[tuple[Item, Row]]:
        """Yield the posts and pages to write; tell of the rest."""
        with ExportStream(self.path) as stream:
            seq = 0
            for event in Reader(stream).events():
                if not isinstance(event, Item):
                    continue
                seq += 1
                self.progress.show(
                    _("Checking what would be written") if self.is_dry else _("Writing"),
                    stream.read_bytes, stream.size,
                    _("%(done)d of %(count)d items") % {"done": seq, "count": self.survey.items},
                )  # fmt: skip
                row = self.plan.row(seq)
                if why := _why_not(event, row):
                    self._skip(event, row, why)
                elif event.kind in {"post", "page"}:
                    yield event, row

    def _skip(self, item: Item, row: Row, why: str) -> None:
        entry = entry_of(item)
        entry.what, entry.why = SKIPPED, [why]
        entry.new_url = row.target or ""
        self.report.add(entry)

    def _write_batch(self, batch: list[tuple[Item, Row]]) -> None:
        """Write a batch in one transaction, each item in its own savepoint. Texts are converted
        and pictures taken over before it begins, so that nobody waits for them."""
        drafts, entries = [], []
        for item, row in batch:
            try:
                drafts.append(draft(item, row, self.old, self.columns.numbers))
                self.writer.meet(item)
            except ITEM_ERRORS as error:
                entries.append(_failed(item, error))
        if drafts:
            entries += self._write_drafts(drafts)
        for entry in entries:
            self.report.add(entry)
        reset_queries()  # With DEBUG on, Django keeps what it asked.

    def _write_drafts(self, drafts: list[Draft]) -> list[Entry]:
        known: dict[tuple[str, str], ImportRecord] = {}
        for kind in ("post", "page"):
            keys = [d.row.key for d in drafts if d.row.kind == kind]
            found = records(self.source, kind, keys) if keys else {}
            known |= {(kind, key): record for key, record in found.items()}
        if self.is_dry:
            return [self._written(d, known.get((d.row.kind, d.row.key))) for d in drafts]
        with transaction.atomic():
            entries = [self._written(d, known.get((d.row.kind, d.row.key))) for d in drafts]
            if any(entry.what in {CREATED, UPDATED} for entry in entries):
                remember(self.source, "run", "finished", None, "open")
                reset_numbers()
        return entries

    def _written(self, made: Draft, record: ImportRecord | None) -> Entry:
        entry = entry_of(made.item)
        entry.title, entry.new_url = made.title, made.row.target or ""
        try:
            with transaction.atomic():
                entry.what = self.writer.write(made, record)
        except ITEM_ERRORS as error:
            return _failed(made.item, error)
        entry.why = made.why
        if entry.what in {CREATED, UPDATED} and made.row.kind == "post":
            self.plan.touch(made.row, is_public=made.status != Status.DRAFT)
        for name, count in made.converted.shortcodes.items():
            self.report.shortcodes[name] += count
        return entry

    # --- The end ----------------------------------------------------------------------------
    def _finish(self) -> None:
        finish = Finish(self)
        finish.lead_on_categories()
        finish.lead_on_attachments()
        if self.is_dry:
            return
        last = records(self.source, "run", ["finished"]).get("finished")
        if last is not None and last.digest != "done":
            finish.settle_summaries()
            finish.relate()
            remember(self.source, "run", "finished", None, "done")
        reset_numbers()


def entry_of(item: Item) -> Entry:
    return Entry(item.get("link"), item.kind, item.status, plain(item.get("title"))[:200])


def _failed(item: Item, error: Exception) -> Entry:
    entry = entry_of(item)
    reasons = error.messages if isinstance(error, ValidationError) else [str(error)]
    entry.what, entry.why = FAILED, [reason[:500] for reason in reasons]
    return entry


def _why_not(item: Item, row: Row) -> str:
    """Return why an item is not written; empty for one that is, and for attachments, which are
    told of at the end."""
    if item.kind == "attachment":
        return ""
    if item.kind not in {"post", "page"}:
        names = {
            "menu": _("A menu: categories and pages make the menus here."),
            "revision": _("An earlier revision: the text as it last stood was taken."),
            "style": _("A part of the old site's looks."),
            "template": _("A part of the old site's looks."),
        }
        kind = _NOT_TEXTS.get(item.kind, "")
        return names.get(kind) or _("Of a kind that is not known here: %(kind)s") % {
            "kind": item.kind[:40]
        }
    if item.status in SKIPPED_STATUSES:
        return _("It lay in the trash or was never saved.")
    if item.is_too_long:
        return _("It is longer than anything that people read; left out.")
    if row.note == "same":
        return _("It stands twice in the export.")
    if row.note == "gone":
        return _("An earlier run brought it, and it was deleted here.")
    return ""
