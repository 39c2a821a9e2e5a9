"""The summary that an import ends with, for people and for programs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from articles.wxr.report import CREATED, FAILED, KEPT, SKIPPED, UNCHANGED, UPDATED, Report

if TYPE_CHECKING:
    from articles.wxr.importer import Import


def summary_data(run: "Import") -> dict[str, Any]:
    """Return the counts for the JSON report."""
    outcome: dict[str, dict[str, int]] = {}
    for (kind, what), count in sorted(run.report.counts.items()):
        outcome.setdefault(kind, {})[what] = count
    return {
        "dry_run": run.is_dry,
        "export": vars(run.survey),
        "outcome": outcome,
        "pictures": run.pictures.taken,
        "shortcodes": dict(run.report.shortcodes),
        "warnings": run.warnings,
    }


def summary_lines(run: "Import") -> Iterator[str]:
    """Yield the summary line by line."""
    survey, report = run.survey, run.report
    yield _("In the export (WXR %(version)s)") % {"version": survey.version[:40]}
    yield "  " + _("Items: %(count)d") % {"count": survey.items}
    for name, count in sorted(survey.by_type.items()):
        yield f"    {name}: {count}"
    yield "  " + _("Authors: %(authors)d, categories: %(categories)d, tags: %(tags)d, other terms: "
                   "%(terms)d") % vars(survey)  # fmt: skip
    yield "  " + _("Comments: %(comments)d (%(approved_comments)d approved, %(replies)d replies); "
                   "they are not taken over.") % vars(survey)  # fmt: skip
    yield _("What would happen") if run.is_dry else _("What happened")
    yield from _outcome(report)
    yield "  " + _("Pictures taken over: %(count)d") % {"count": run.pictures.taken}
    if report.shortcodes:
        shown = "、".join(f"[{name}] × {n}" for name, n in report.shortcodes.most_common(20))
        yield "  " + _("Shortcodes removed, their content kept: %(names)s") % {"names": shown}
    yield from _remarks(run)


def _outcome(report: Report) -> Iterator[str]:
    words = {
        CREATED: pgettext("import", "new"),
        UPDATED: pgettext("import", "changed"),
        UNCHANGED: pgettext("import", "unchanged"),
        KEPT: pgettext("import", "kept as it is here"),
        SKIPPED: pgettext("import", "left out"),
        FAILED: pgettext("import", "failed"),
    }
    kinds = {
        "author": pgettext("import", "Contributors"),
        "category": pgettext("import", "Categories"),
        "post": pgettext("import", "Articles"),
        "page": pgettext("import", "Pages"),
        "attachment": pgettext("import", "Attachments"),
        "redirect": pgettext("import", "Old addresses"),
        "nav_menu_item": pgettext("import", "Menu items"),
        "revision": pgettext("import", "Revisions"),
    }
    present = dict.fromkeys([*kinds, *(kind for kind, _what in sorted(report.counts))])
    for kind in present:
        counts = [f"{word} {n}" for what, word in words.items() if (n := report.counts[kind, what])]
        if counts:
            line = pgettext("import", "%(kind)s: %(counts)s")
            shown = pgettext("import", ", ").join(counts)
            yield "  " + line % {"kind": kinds.get(kind, kind), "counts": shown}


def _remarks(run: "Import") -> Iterator[str]:
    for warning in run.warnings:
        yield _("Note: %(text)s") % {"text": warning}
    for entry in run.report.problems:
        why = "；".join(entry.why)
        yield _("Failed: %(url)s %(title)s: %(why)s") % {
            "url": entry.url, "title": entry.title, "why": why,
        }  # fmt: skip
    if run.report.path is None:
        yield _("With --report FILE you get a line for each address.")
    else:
        yield _("The report with a line for each address: %(path)s") % {"path": run.report.path}
