"""The site's settings and what every page shows of categories and pages."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from articles.models import Category, Page, SiteSettings, User
from articles.pagecache import shows
from articles.pagecache.freshness import remembered
from articles.services.permissions import require


@dataclass(frozen=True)
class CategoryNode:
    """A category in the tree that every page knows."""

    pk: int
    name: str
    slug: str
    parent: int | None

    @property
    def url(self) -> str:
        return f"/category/{self.slug}/"


@dataclass(frozen=True)
class Site:
    """What every page needs to know of the site: the settings row over the environment."""

    name: str
    tagline: str
    description: str
    announcement: str
    rights_notice: str
    takedown_email: str
    icp_number: str
    police_number: str
    report_phone: str
    operator_name: str
    operator_address: str
    items_per_page: int
    offers_markdown: bool
    admits_ai_crawlers: bool
    url: str
    categories: tuple[CategoryNode, ...]
    footer_pages: tuple[dict[str, str], ...]
    # Parts of pages that depend on nothing else, rendered ({% kept %} in articles.templatetags).
    fragments: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def takedown_address(self) -> str:
        """The address for reports as it is shown, with # for @, so that harvesters miss it."""
        return self.takedown_email.replace("@", "#")

    @property
    def copyright_notice(self) -> str:
        return self.rights_notice.replace("{email}", self.takedown_address)

    @property
    def columns(self) -> list[CategoryNode]:
        """The categories at the top of the tree."""
        return [node for node in self.categories if node.parent is None]

    def children(self, pk: int) -> list[CategoryNode]:
        return [node for node in self.categories if node.parent == pk]

    def branch(self, pk: int) -> list[int]:
        """Return the numbers of a category and all below it."""
        return [pk] + [below for child in self.children(pk) for below in self.branch(child.pk)]

    def ancestors(self, pk: int | None) -> list[CategoryNode]:
        """Return the way from the top down to a category, itself included."""
        by_pk = {node.pk: node for node in self.categories}
        way: list[CategoryNode] = []
        while pk is not None and pk in by_pk and by_pk[pk] not in way:
            way.insert(0, by_pk[pk])
            pk = by_pk[pk].parent
        return way


def default_rights_notice() -> str:
    return _(
        "The text was contributed by an internet user and gives its author's view alone. This "
        "site only provides storage, owns no rights in it and bears no liability for it. If you "
        "find content here that copies, infringes or breaks the law, please write to {email}; "
        "once verified, it will be removed at once."
    )


def get_site() -> Site:
    """Return the site as it is now. One query by key; none within a request that found nothing of
    it changed: then it is the same object as before."""
    shows("site")
    return remembered("site", ("site",), _read_site)


def _read_site() -> Site:
    row = SiteSettings.objects.filter(pk=1).first() or SiteSettings()
    chrome: dict[str, Any] = row.chrome or {}
    return Site(
        name=row.name or settings.SITE_NAME,
        tagline=row.tagline or settings.SITE_TAGLINE,
        description=row.description or settings.SITE_DESCRIPTION,
        announcement=row.announcement,
        rights_notice=row.rights_notice or default_rights_notice(),
        takedown_email=row.takedown_email or settings.TAKEDOWN_EMAIL,
        icp_number=row.icp_number or settings.ICP_NUMBER,
        police_number=row.police_number or settings.POLICE_NUMBER,
        report_phone=row.report_phone or settings.REPORT_PHONE,
        operator_name=row.operator_name or settings.OPERATOR_NAME,
        operator_address=row.operator_address or settings.OPERATOR_ADDRESS,
        items_per_page=row.items_per_page or settings.ITEMS_PER_PAGE,
        offers_markdown=row.offers_markdown,
        admits_ai_crawlers=row.admits_ai_crawlers,
        url=settings.SITE_URL,
        categories=tuple(CategoryNode(**node) for node in chrome.get("categories", [])),
        footer_pages=tuple(chrome.get("pages", [])),
    )


@transaction.atomic
def rebuild_chrome() -> None:
    """Prepare anew what every page shows of categories and pages. Three queries."""
    SiteSettings.objects.bulk_create([SiteSettings(pk=1)], ignore_conflicts=True)
    row = SiteSettings.objects.select_for_update().get(pk=1)
    row.chrome = {
        "categories": [
            {"pk": c.pk, "name": c.name, "slug": c.slug, "parent": c.parent_id}
            for c in Category.objects.order_by("position", "pk")
        ],
        "pages": [
            {"title": page.title, "url": page.get_absolute_url()}
            for page in Page.objects.filter(is_published=True, in_footer=True)
        ],
    }
    row.save(update_fields=["chrome"])


@transaction.atomic
def save_settings(row: SiteSettings, by: User | None) -> SiteSettings:
    """Save the one row of settings, validated. Raises PermissionDenied, ValidationError."""
    require(by, "articles.change_sitesettings")
    row.pk = 1
    row.full_clean()
    row.save()
    rebuild_chrome()
    return row
