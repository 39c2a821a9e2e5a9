"""The editors' desk: what of this app its staff see and change."""

from articles.admin import articles, mail, people, pictures, restrictions, site, taxonomy

__all__ = ["articles", "mail", "people", "pictures", "restrictions", "site", "taxonomy"]
