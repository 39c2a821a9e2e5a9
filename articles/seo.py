"""What machines read on a page: canonical address, Open Graph and JSON-LD, from one place."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property
from html import escape
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.utils.safestring import SafeString

from articles.cards import HEIGHT, WIDTH
from articles.html import json_for_script
from articles.models import Article, Contributor, Picture
from articles.portable import language_tag
from articles.services.cards import card_path
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
    # The address of the page's own feed, and of a picture drawn of it, where it has one.
    feed: str = ""
    card: str = ""

    @cached_property
    def canonical(self) -> str:
        return settings.SITE_URL + self.path

    @property
    def shown(self) -> Picture | None:
        """The page's picture, unless a measure withholds it."""
        return None if self.image is None or self.image.is_withheld else self.image

    @cached_property
    def image_url(self) -> str:
        path = self.shown.url if self.shown is not None else self.card
        return settings.SITE_URL + path if path else ""

    @property
    def image_size(self) -> tuple[int, int]:
        return (self.shown.width, self.shown.height) if self.shown else (WIDTH, HEIGHT)

    @property
    def tags(self) -> SafeString:
        """What those read who show a link to the page elsewhere: Open Graph (ogp.me), and the card
        that X makes of it."""
        tags: list[tuple[str, object]] = [
            ("og:type", self.kind),
            ("og:title", self.title),
            ("og:url", self.canonical),
            ("og:description", self.description),
        ]
        if self.image_url:
            width, height = self.image_size
            tags += [
                ("og:image", self.image_url),
                ("og:image:width", width),
                ("og:image:height", height),
                ("og:image:alt", self.image_alt),
            ]
        if self.published:
            tags += [
                ("article:published_time", self.published),
                ("article:modified_time", self.modified),
                ("article:author", self.author),
            ]
        lines = [
            f'<meta property="{name}" content="{escape(str(value))}">'
            for name, value in tags
            if value
        ]
        if self.image_url:
            lines.append('<meta name="twitter:card" content="summary_large_image">')
        return SafeString("\n".join(lines))

    @property
    def image_alt(self) -> str:
        return (self.shown.alt if self.shown else "") or self.title

    def image_data(self) -> dict[str, Any]:
        """Return the picture as schema.org has it."""
        width, height = self.image_size
        return {"@type": "ImageObject", "url": self.image_url, "width": width, "height": height}

    @cached_property
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


@cache
def _icon() -> str:
    return static("articles/icon.svg")


def organization(site: Site) -> dict[str, Any]:
    """Return who publishes the site."""
    return {
        "@type": "Organization",
        "@id": f"{settings.SITE_URL}/#organization",
        "name": site.name,
        "url": f"{settings.SITE_URL}/",
        "logo": {"@type": "ImageObject", "url": settings.SITE_URL + _icon()},
        "description": site.description or site.tagline or site.name,
    }


def website(site: Site) -> dict[str, Any]:
    """Return the site, and how it is searched."""
    target = f"{settings.SITE_URL}/search/?q={{search_term_string}}"
    return {
        "@type": "WebSite",
        "@id": f"{settings.SITE_URL}/#website",
        "name": site.name,
        "url": f"{settings.SITE_URL}/",
        "description": site.description or site.tagline or site.name,
        "inLanguage": language_tag(),
        "publisher": {"@id": f"{settings.SITE_URL}/#organization"},
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": target},
            "query-input": "required name=search_term_string",
        },
    }


def person(contributor: Contributor) -> dict[str, Any]:
    """Return a byline as schema.org has it. Its portrait must be loaded to be shown."""
    data: dict[str, Any] = {
        "@type": "Person",
        "name": contributor.name,
        "url": settings.SITE_URL + contributor.get_absolute_url(),
    }
    if contributor.bio:
        data["description"] = contributor.bio
    return data


def collection(
    name: str, description: str, path: str, articles: Iterable[Article], *, before: int = 0
) -> dict[str, Any]:
    """Return a page that lists articles, of which `before` stand on the pages before it."""
    url = settings.SITE_URL + path
    items = [
        {
            "@type": "ListItem",
            "position": position,
            "url": settings.SITE_URL + article.get_absolute_url(),
            "name": article.title,
        }
        for position, article in enumerate(articles, start=before + 1)
    ]
    return {
        "@type": "CollectionPage",
        "@id": f"{url}#page",
        "url": url,
        "name": name,
        "description": description or name,
        "inLanguage": language_tag(),
        "isPartOf": {"@id": f"{settings.SITE_URL}/#website"},
        "mainEntity": {
            "@type": "ItemList",
            "numberOfItems": len(items),
            "itemListElement": items,
        },
    }


def profile(contributor: Contributor, path: str, listed: dict[str, Any]) -> dict[str, Any]:
    """Return a byline's page: whose it is, and what the list on it holds."""
    return {
        "@type": "ProfilePage",
        "@id": f"{settings.SITE_URL}{path}#profile",
        "url": settings.SITE_URL + path,
        "dateCreated": contributor.created_at.isoformat(),
        "mainEntity": person(contributor),
        "hasPart": listed["mainEntity"]["itemListElement"],
    }


def article_meta(article: Article, site: Site, way: list[CategoryNode], home: str) -> PageMeta:
    """Return what an article's page says of itself. No queries; its relations and its card must be
    loaded.

    Articles have no translations, so that there is no hreflang to give."""
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
        "inLanguage": language_tag(),
        "isAccessibleForFree": True,
        "isPartOf": {"@id": f"{settings.SITE_URL}/#website"},
        "author": person(article.contributor),
        "publisher": organization(site),
        "timeRequired": f"PT{article.reading_minutes}M",
    }
    if way:
        data["articleSection"] = way[-1].name
    if article.tag_names:
        data["keywords"] = article.tag_names
    if article.source_url:
        data["isBasedOn"] = article.source_url
    meta = PageMeta(
        title=article.title,
        description=article.summary,
        path=article.get_absolute_url(),
        kind="article",
        image=article.cover,
        card=card_path(article, site),
        published=published,
        modified=modified,
        author=article.contributor.name,
    )
    if meta.image_url:
        data["image"] = meta.image_data()
    meta.jsonld.extend([data, breadcrumbs([*steps, (article.title, article.get_absolute_url())])])
    return meta
