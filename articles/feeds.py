"""RSS 2.0 and Atom with the whole text of each article."""

from dataclasses import dataclass
from typing import Any

from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed
from django.utils.html import format_html
from django.utils.translation import gettext as _

from articles.html import strip_control
from articles.models import Article
from articles.portable import (
    absolute,
    ai_declaration,
    language_tag,
    portable_html,
    provenance_html,
)
from articles.services.site import Site

ITEMS = 20


class RssFeed(Rss201rev2Feed):
    """RSS 2.0 with content:encoded."""

    content_type = "application/rss+xml; charset=utf-8"

    def rss_attributes(self) -> dict[str, str]:
        module = "http://purl.org/rss/1.0/modules/content/"
        return super().rss_attributes() | {"xmlns:content": module}

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content:encoded", item["content"])


class AtomFeed(Atom1Feed):
    """Atom (RFC 4287) with the text as content."""

    content_type = "application/atom+xml; charset=utf-8"

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})


KINDS: dict[str, type[RssFeed | AtomFeed]] = {"rss2": RssFeed, "atom": AtomFeed}


@dataclass(frozen=True)
class FeedOf:
    """What a feed is of: a title, a line about it, the page of the same list, its own address."""

    title: str
    description: str
    page: str
    path: str


def facts(article: Article) -> tuple[object, ...]:
    """Return all of an article that a feed shows, for its ETag. No query; the contributor, the
    category and the cover must be loaded."""
    cover = article.cover
    return (
        article.pk, article.title, article.prose, article.summary, article.published_at,
        article.updated_at, article.contributor.name, article.contributor.slug,
        article.category and article.category.name, article.tag_names, article.origin,
        article.source_name, article.source_url, article.ai_label,
        cover and (cover.url, cover.alt, cover.is_withheld),
    )  # fmt: skip


def render(kind: str, of: FeedOf, articles: list[Article], site: Site) -> tuple[str, str]:
    """Return a feed and its content type; `kind` is one of KINDS. About 3 ms an article."""
    made = KINDS[kind](
        title=strip_control(of.title),
        link=absolute(of.page),
        description=strip_control(of.description),
        language=language_tag(),
        feed_url=absolute(of.path),
        feed_copyright=strip_control(site.name),
    )
    for article in articles:
        _add(made, article, site)
    return made.writeString("utf-8"), made.content_type


def _add(feed: SyndicationFeed, article: Article, site: Site) -> None:
    address = absolute(article.get_absolute_url())
    names = [article.category.name] if article.category else []
    feed.add_item(
        title=article.title,
        link=address,
        description=strip_control(article.summary),
        author_name=article.contributor.name,
        author_link=absolute(article.contributor.get_absolute_url()),
        unique_id=address,
        unique_id_is_permalink=True,
        pubdate=article.published_at,
        updateddate=max(article.updated_at, article.published_at or article.updated_at),
        categories=[*names, *article.tag_names],
        content=content(article, site),
    )


def content(article: Article, site: Site) -> str:
    """Return an article's text as a feed carries it: with its cover before it, and after it where
    it comes from, its AI declaration and the copyright notice."""
    parts = [portable_html(article)]
    cover = article.cover
    if cover is not None and not cover.is_withheld:
        image = '<p><img src="{}" alt="{}" width="{}" height="{}"></p>'
        shown = format_html(image, absolute(cover.url), cover.alt, cover.width, cover.height)
        parts.insert(0, shown)
    parts += ["<hr>", provenance_html(article, site)]
    if declaration := ai_declaration(article):
        parts.append(format_html("<p>{}</p>", declaration))
    notice = format_html("<p>{}{}</p>", _("Copyright notice:"), site.copyright_notice)
    return strip_control("\n".join([*parts, notice]))


def site_feed(site: Site) -> FeedOf:
    description = site.description or site.tagline or site.name
    return FeedOf(site.name, description, "/", "/feed/")


def list_feed(name: str, description: str, page: str, site: Site) -> FeedOf:
    title = _("%(name)s - %(site)s") % {"name": name, "site": site.name}
    return FeedOf(title, description or title, page, f"{page}feed/")
