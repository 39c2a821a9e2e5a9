"""Numbers and addresses for all that an export brings, settled before anything is written."""

from django.db.models import Max
from django.utils.text import slugify

from articles.models import Article, Page
from articles.services.imports import records
from articles.wxr.drafting import SKIPPED_STATUSES
from articles.wxr.plan import Plan, Row


def settle(plan: Plan, source: str) -> None:
    """Give every post its number, every page its address: those of an earlier run, else those
    they had, else free ones. Three queries for 500 items."""
    top = max(Article.objects.aggregate(top=Max("pk"))["top"] or 0, plan.highest_number())
    for rows in plan.batches("post"):
        top = _settle_posts(plan, source, rows, top)
    for rows in plan.batches("page"):
        _settle_pages(plan, source, rows)


def _settle_posts(plan: Plan, source: str, rows: list[Row], top: int) -> int:
    """Settle a batch of posts; return the highest number now given."""
    known = records(source, "post", [row.key for row in rows])
    asked = [row.wpid for row in rows if row.wpid]
    asked += [record.object_id for record in known.values() if record.object_id]
    present = set(Article.objects.filter(pk__in=asked).values_list("pk", flat=True))
    for row in rows:
        record = known.get(row.key)
        if record is not None:
            is_here = record.object_id in present
            row.number = record.object_id if is_here else None
            row.note = row.note if is_here else "gone"
        elif row.note == "same" or row.status in SKIPPED_STATUSES:
            continue
        elif row.wpid and row.wpid not in present:
            row.number = row.wpid
        else:
            top += 1
            row.number = top
            row.note = row.note or ("taken" if row.wpid else "")
        row.target = f"/p/{row.number}.html" if row.number else None
        plan.settle(row)
    return top


def _settle_pages(plan: Plan, source: str, rows: list[Row]) -> None:
    known = records(source, "page", [row.key for row in rows])
    numbers = [record.object_id for record in known.values() if record.object_id]
    slugs = dict(Page.objects.filter(pk__in=numbers).values_list("pk", "slug"))
    for row in rows:
        record = known.get(row.key)
        if record is not None:
            slug = slugs.get(record.object_id or 0)
            row.number, row.note = (record.object_id, row.note) if slug else (None, "gone")
        elif row.note == "same" or row.status in SKIPPED_STATUSES:
            continue
        else:
            slug = _free_slug(plan, row)
        row.target = f"/page/{slug}/" if slug else None
        plan.settle(row)


def _free_slug(plan: Plan, row: Row) -> str:
    """Return a page's slug, with its parent's before it or a number after it where it is taken."""
    base = slugify(row.name or row.title, allow_unicode=True)[:150] or f"page-{row.key[:20]}"
    parent = plan.by_number(row.parent) if row.parent else None
    above = slugify(parent.name, allow_unicode=True)[:40] if parent else ""
    candidates = [base, f"{above}-{base}"] if above else [base]
    for slug in candidates:
        if not Page.objects.filter(slug=slug).exists() and plan.take_slug(slug):
            return slug
    number = 2
    while Page.objects.filter(slug=f"{base}-{number}").exists() or not plan.take_slug(
        f"{base}-{number}"
    ):
        number += 1
    return f"{base}-{number}"
