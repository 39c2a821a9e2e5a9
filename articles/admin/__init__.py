"""The editors' desk: what of this app its staff see and change."""

from articles.admin import (
    articles,
    machines,
    mail,
    people,
    pictures,
    restrictions,
    searches,
    site,
    taxonomy,
)

__all__ = [
    "articles", "machines", "mail", "people", "pictures", "restrictions", "searches", "site",
    "taxonomy",
]  # fmt: skip
