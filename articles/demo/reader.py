"""Reads the demo content: one file for each article and page, one for what they stand in.

A file has header lines `key: value`, a line `---`, and its HTML. Nothing here touches the database.
"""

import json
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parent


@dataclass(frozen=True)
class DemoArticle:
    """An article of the demo. `days_ago` and `time` are in Shanghai; below 0 lies ahead."""

    file: str
    title: str
    category: tuple[str, str]
    contributor: str
    tags: tuple[str, ...]
    topic: str
    origin: str
    source_name: str
    source_url: str
    ai: str
    days_ago: int
    time: time
    status: str
    cover: str
    featured: str
    body: str


@dataclass(frozen=True)
class DemoPage:
    slug: str
    title: str
    position: int
    body: str


@dataclass(frozen=True)
class DemoPerson:
    """An account of the demo. `role` is "operator", "contributor" or one of services.roles."""

    email: str
    name: str
    role: str
    byline: str = ""


PEOPLE: Final = (
    DemoPerson("operator@example.com", "站长", "operator"),
    DemoPerson("chief@example.com", "周主编", "chief editor"),
    DemoPerson("editor@example.com", "沈编辑", "editor"),
    DemoPerson("moderator@example.com", "莫审核", "moderator"),
    DemoPerson("contributor@example.com", "纸上行舟", "contributor", byline="纸上行舟"),
)


def read_articles() -> list[DemoArticle]:
    """Return the demo's articles, the oldest first. Raises ValueError naming a broken file."""
    articles = [_article(path) for path in sorted((FOLDER / "content").glob("*.html"))]
    return sorted(articles, key=lambda article: (-article.days_ago, article.time))


def read_pages() -> list[DemoPage]:
    """Return the demo's pages in their order. Raises ValueError naming a broken file."""
    pages = []
    for path in sorted((FOLDER / "pages").glob("*.html")):
        head, body = _split(path)
        pages.append(DemoPage(path.stem, head["title"], int(head["position"]), body))
    return sorted(pages, key=lambda page: page.position)


def read_taxonomy() -> dict[str, list[dict[str, Any]]]:
    """Return the demo's "categories" (with "children"), "topics" and "contributors"."""
    taxonomy: dict[str, list[dict[str, Any]]] = json.loads(
        (FOLDER / "taxonomy.json").read_text(encoding="utf-8")
    )
    return taxonomy


def _split(path: Path) -> tuple[dict[str, str], str]:
    head, line, body = path.read_text(encoding="utf-8").partition("\n---\n")
    if not line:
        raise ValueError(f"{path.name} has no line of three dashes below its header.")
    pairs = (row.partition(": ") for row in head.splitlines())
    return {key: value.strip() for key, _colon, value in pairs}, body.strip()


def _article(path: Path) -> DemoArticle:
    head, body = _split(path)
    try:
        column, category = head["category"].split("/")
        return DemoArticle(
            file=path.name,
            title=head["title"],
            category=(column, category),
            contributor=head["contributor"],
            tags=tuple(head["tags"].split("、")),
            topic=head.get("topic", ""),
            origin=head["origin"],
            source_name=head.get("source_name", ""),
            source_url=head.get("source_url", ""),
            ai=head["ai"],
            days_ago=int(head["days_ago"]),
            time=time.fromisoformat(head["time"]),
            status=head["status"],
            cover=head.get("cover", ""),
            featured=head.get("featured", ""),
            body=body,
        )
    except (KeyError, ValueError) as error:
        raise ValueError(f"{path.name}: {error}") from error
