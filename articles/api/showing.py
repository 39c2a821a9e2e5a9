"""From rows to what the interface answers. No queries: what is shown must be loaded."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from taggit.models import Tag

from articles.api import schemas
from articles.models import Article, Category, Contributor, Picture, Topic
from articles.portable import absolute, ai_declaration, licence, portable_html, provenance
from articles.services.site import Site


def named(name: str, slug: str, path: str) -> dict[str, str]:
    return {"name": name, "slug": slug, "url": absolute(path)}


def image(picture: Picture | None) -> dict[str, Any] | None:
    if picture is None or picture.is_withheld:
        return None
    return {
        "url": absolute(picture.url),
        "width": picture.width,
        "height": picture.height,
        "alt": picture.alt,
    }


def _local(moment: datetime | None) -> datetime | None:
    return timezone.localtime(moment) if moment else None


def card(article: Article) -> dict[str, Any]:
    author, category = article.contributor, article.category
    return {
        "id": article.pk,
        "url": absolute(article.get_absolute_url()),
        "title": article.title,
        "summary": article.summary,
        "published_at": _local(article.published_at),
        "updated_at": _local(article.updated_at),
        "author": named(author.name, author.slug, author.get_absolute_url()),
        "category": category and named(category.name, category.slug, category.get_absolute_url()),
        "tags": [
            named(tag["name"], tag["slug"], f"/tag/{tag['slug']}/") for tag in article.tag_links
        ],
        "cover": image(article.cover),
        "characters": article.characters,
        "reading_minutes": article.reading_minutes,
        "likes": article.like_count,
        "origin": article.origin,
        "ai_label": article.ai_label,
    }


def text(article: Article, site: Site) -> dict[str, Any]:
    path = f"/p/{article.pk}.md"
    return card(article) | {
        "html": portable_html(article),
        "markdown_url": absolute(path) if site.offers_markdown else None,
        "contents": [{"id": entry["id"], "text": entry["text"]} for entry in article.toc],
        "source_name": article.source_name,
        "source_url": article.source_url,
        "provenance": provenance(article, site),
        "license": licence(article),
        "rights": site.copyright_notice,
        "ai_declaration": ai_declaration(article),
    }


def category(row: Category) -> schemas.Category:
    return schemas.Category(
        **named(row.name, row.slug, row.get_absolute_url()),
        parent=row.parent.slug if row.parent else None,
        description=row.description,
    )


def tag(row: Tag) -> dict[str, str]:
    return named(row.name, row.slug, f"/tag/{row.slug}/")


def topic(row: Topic) -> dict[str, str]:
    return named(row.title, row.slug, row.get_absolute_url()) | {"intro": row.intro}


def contributor(row: Contributor) -> dict[str, str]:
    return named(row.name, row.slug, row.get_absolute_url()) | {"about": row.bio}
