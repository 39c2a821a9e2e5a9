"""What an export holds, as the reader hands it on."""

from dataclasses import dataclass, field


@dataclass
class Term:
    """A category or tag: of the site (with its parent), or as a post names it."""

    slug: str
    name: str
    parent: str = ""
    number: str = ""
    description: str = ""
    kind: str = "category"  # category, tag, or the name of another taxonomy


@dataclass
class Author:
    login: str
    name: str
    email: str = ""


@dataclass
class Item:
    """A post, page, attachment … as it stands in the export; all values are text."""

    fields: dict[str, str]
    terms: list[Term] = field(default_factory=list)
    meta: dict[str, list[str]] = field(default_factory=dict)
    comments: int = 0
    # True where a value was longer than anything an article may hold.
    is_too_long: bool = False

    def get(self, name: str) -> str:
        """Return a field without the white space around it; empty where it is missing."""
        return self.fields.get(name, "").strip()

    def first_meta(self, key: str) -> str:
        values = self.meta.get(key)
        return values[0].strip() if values else ""

    @property
    def number(self) -> int | None:
        """The item's number in WordPress, where it is one."""
        text = self.get("wp:post_id")
        if text.isascii() and text.isdigit() and len(text) <= 12 and int(text) > 0:
            return int(text)
        return None

    @property
    def kind(self) -> str:
        return self.get("wp:post_type") or "post"

    @property
    def status(self) -> str:
        return self.get("wp:status") or "publish"


@dataclass
class Survey:
    """What an export holds, counted."""

    version: str = ""
    items: int = 0
    by_type: dict[str, int] = field(default_factory=dict)
    comments: int = 0
    approved_comments: int = 0
    replies: int = 0
    authors: int = 0
    categories: int = 0
    tags: int = 0
    terms: int = 0

    def count_item(self, item: Item) -> None:
        """Count an item under its type and status, as the export names them."""
        self.items += 1
        name = f"{item.get('wp:post_type')}/{item.get('wp:status')}"
        # A hostile file may name any number of kinds.
        if name not in self.by_type and len(self.by_type) >= 500:
            name = "…/…"
        self.by_type[name] = self.by_type.get(name, 0) + 1
