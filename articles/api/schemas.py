"""What the interface answers. Descriptions are English, as in all such interfaces; the page for
people translates them."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop
from ninja import Field, Schema
from pydantic import ConfigDict

_AUTHOR = {"name": "纸上行舟", "slug": "carol", "url": "https://www.example.com/author/carol/"}
_CATEGORY = {"name": "技术", "slug": "tech", "url": "https://www.example.com/category/tech/"}
_TAG = {"name": "路由器", "slug": "路由器", "url": "https://www.example.com/tag/路由器/"}
_COVER = {
    "url": "https://www.example.com/media/pictures/ab/abcdef/original.jpg",
    "width": 1600, "height": 900, "alt": "一间老屋",
}  # fmt: skip
_CARD: dict[str, Any] = {
    "id": 17367, "url": "https://www.example.com/p/17367.html",
    "title": "老房子的无线死角怎么治", "summary": "我家是九十年代的砖混房，承重墙多。",
    "published_at": "2026-11-22T10:00:00+08:00", "updated_at": "2026-11-22T10:00:00+08:00",
    "author": _AUTHOR, "category": _CATEGORY, "tags": [_TAG], "cover": _COVER,
    "characters": 1500, "reading_minutes": 4, "likes": 12, "origin": "contributed",
    "ai_label": "none",
}  # fmt: skip
CURSOR = "WyIyMDI2LTExLTIyVDAyOjAwOjAwKzAwOjAwIiwgMTczNjdd"


def _example(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"example": example})


class Problem(Schema):
    """Why there is no answer."""

    model_config = _example({"detail": "Not Found"})
    detail: str


class Named(Schema):
    """Something with a name and a page of its own."""

    model_config = _example(_TAG)
    name: str
    slug: str
    url: str


class Category(Named):
    model_config = _example({**_CATEGORY, "parent": None, "description": "会用就好。"})
    parent: str | None = Field(None, description=gettext_noop("The slug of the category above it."))
    description: str = ""


class Topic(Named):
    model_config = _example({
        "name": "老房子", "slug": "old-houses", "intro": "修一修。",
        "url": "https://www.example.com/topic/old-houses/",
    })  # fmt: skip
    intro: str = ""


class Contributor(Named):
    model_config = _example({**_AUTHOR, "about": "修网线的人。"})
    about: str = ""


class Image(Schema):
    model_config = _example(_COVER)
    url: str
    width: int
    height: int
    alt: str


class ArticleCard(Schema):
    """An article in a list."""

    model_config = _example(_CARD)
    id: int
    url: str = Field(description=gettext_noop("Its page for readers."))
    title: str
    summary: str
    published_at: datetime
    updated_at: datetime
    author: Named
    category: Named | None
    tags: list[Named]
    cover: Image | None
    characters: int
    reading_minutes: int
    likes: int
    origin: str = Field(description=gettext_noop("contributed, original, reprinted or licensed."))
    ai_label: str = Field(
        description=gettext_noop("none, assisted or generated; empty where nothing was declared.")
    )


class Heading(Schema):
    id: str
    text: str


class ArticleText(ArticleCard):
    """An article with its text, and what must go with it."""

    model_config = _example({
        **_CARD, "html": "<p>我家是九十年代的砖混房，承重墙多。</p>",
        "markdown_url": "https://www.example.com/p/17367.md", "contents": [],
        "source_name": "", "source_url": "", "license": "著作权归作者所有。引用请注明作者和地址。",
        "provenance": "本文来自用户：纸上行舟的投稿，转载请注明出处：https://www.example.com/p/17367.html",
        "rights": "如发现本站有涉嫌抄袭侵权的内容，请发送邮件举报。", "ai_declaration": "人工写作",
    })  # fmt: skip
    html: str = Field(description=gettext_noop("The text that readers see, with whole addresses."))
    markdown_url: str | None
    contents: list[Heading] = Field(description=gettext_noop("The headings of its sections."))
    source_name: str
    source_url: str
    provenance: str
    license: str
    rights: str
    ai_declaration: str


_NEXT = gettext_noop("Give this as cursor to go on; null at the end.")


class Articles(Schema):
    model_config = _example({"items": [_CARD], "next": CURSOR})
    items: list[ArticleCard]
    next: str | None = Field(None, description=_NEXT)


class Categories(Schema):
    items: list[Category]


class Tags(Schema):
    items: list[Named]
    next: str | None = Field(None, description=_NEXT)


class Topics(Schema):
    items: list[Topic]
    next: str | None = Field(None, description=_NEXT)


class Contributors(Schema):
    items: list[Contributor]
    next: str | None = Field(None, description=_NEXT)
