"""What machines read on a page: canonical address, Open Graph and JSON-LD, from one place."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from articles.html import json_for_script
from articles.models import Article, Picture
from articles.services.site import CategoryNode, Site


@dataclass(frozen=True)
class PageMeta:
    """A page's title, description and address, and what is said of it to machines."""

    title: str
    description: str
    path: str
    kind: str = "website"
    image: Picture | None = None
    jsonld: list[dict[str, Any]] = field(default_factory=list)
    published: str = ""
    modified: str = ""
    author: str = ""
    noindex: bool = False

    @property
    def canonical(self) -> str:
        return settings.SITE_URL + self.path

    @property
    def image_url(self) -> str:
        if self.image is None or self.image.is_withheld:
            return ""
        return settings.SITE_URL + self.image.url

    @property
    def script(self) -> str:
        """The JSON-LD of the page, safe inside a script element; empty where there is none."""
        if not self.jsonld:
            return ""
        return json_for_script({"@context": "https://schema.org", "@graph": self.jsonld})


def breadcrumbs(steps: list[tuple[str, str]]) -> dict[str, Any]:
    """Return a BreadcrumbList of (name, path) steps."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": number,
                "name": name,
                "item": settings.SITE_URL + path,
            }
            for number, (name, path) in enumerate(steps, start=1)
        ],
    }


def website(site: Site) -> dict[str, Any]:
    return {
        "@type": "WebSite",
        "@id": f"{settings.SITE_URL}/#website",
        "name": site.name,
        "url": f"{settings.SITE_URL}/",
        "description": site.description or site.tagline,
        "inLanguage": settings.LANGUAGE_CODE,
    }


def article_meta(article: Article, site: Site, way: list[CategoryNode], home: str) -> PageMeta:
    """Return what an article's page says of itself. No queries; its relations must be loaded."""
    date = article.published_at or article.created_at
    published = date.isoformat()
    modified = max(article.updated_at, date).isoformat()
    url = settings.SITE_URL + article.get_absolute_url()
    steps = [(home, "/"), *((node.name, node.url) for node in way)]
    data: dict[str, Any] = {
        "@type": "Article",
        "@id": f"{url}#article",
        "mainEntityOfPage": url,
        "headline": article.title[:110],
        "description": article.summary,
        "datePublished": published,
        "dateModified": modified,
        "inLanguage": settings.LANGUAGE_CODE,
        "author": {
            "@type": "Person",
            "name": article.contributor.name,
            "url": settings.SITE_URL + article.contributor.get_absolute_url(),
        },
        "publisher": {"@type": "Organization", "name": site.name, "url": f"{settings.SITE_URL}/"},
    }
    if article.category is not None:
        data["articleSection"] = article.category.name
    if article.tag_names:
        data["keywords"] = article.tag_names
    meta = PageMeta(
        title=article.title,
        description=article.summary,
        path=article.get_absolute_url(),
        kind="article",
        image=article.cover,
        published=published,
        modified=modified,
        author=article.contributor.name,
    )
    if meta.image_url and article.cover is not None:
        data["image"] = {
            "@type": "ImageObject",
            "url": meta.image_url,
            "width": article.cover.width,
            "height": article.cover.height,
        }
    meta.jsonld.extend([data, breadcrumbs([*steps, (article.title, article.get_absolute_url())])])
    return meta
