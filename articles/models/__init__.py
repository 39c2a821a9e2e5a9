"""What readers see, and the people who write and edit it."""

from articles.models.articles import AiLabel, Article, ArticleQuerySet, ArticleTag, Origin, Status
from articles.models.desk import Autosave, Overruling, Presence, PreviewLink, SavedView
from articles.models.engagement import (
    DailyReads,
    DailyTotal,
    HotArticle,
    Like,
    Period,
    Reason,
    RelatedArticle,
    RelatedChoice,
)
from articles.models.imports import ImportRecord
from articles.models.listing import EVERYTHING, ArticleList, ListBlock, ListEntry, ListKind
from articles.models.machines import (
    Engine,
    EnginePush,
    MissingPath,
    ShareCard,
    SitemapPart,
)
from articles.models.openings import OpeningClause
from articles.models.people import Contributor, User
from articles.models.pictures import LARGE_BYTES, ArticlePicture, Picture
from articles.models.purging import Purge
from articles.models.restrictions import Restriction, Scope
from articles.models.search import (
    DeskTitle,
    SearchCount,
    SearchDocument,
    SearchOwed,
    SearchStatistics,
)
from articles.models.site import Redirect, SiteSettings
from articles.models.taxonomy import Category, Page, Topic, TopicArticle, TopicBan

__all__ = [
    "EVERYTHING",
    "LARGE_BYTES",
    "AiLabel",
    "Article",
    "ArticleList",
    "ArticlePicture",
    "ArticleQuerySet",
    "ArticleTag",
    "Autosave",
    "Category",
    "Contributor",
    "DailyReads",
    "DailyTotal",
    "DeskTitle",
    "Engine",
    "EnginePush",
    "HotArticle",
    "ImportRecord",
    "Like",
    "ListBlock",
    "ListEntry",
    "ListKind",
    "MissingPath",
    "OpeningClause",
    "Origin",
    "Overruling",
    "Page",
    "Period",
    "Picture",
    "Presence",
    "PreviewLink",
    "Purge",
    "Reason",
    "Redirect",
    "RelatedArticle",
    "RelatedChoice",
    "Restriction",
    "SavedView",
    "Scope",
    "SearchCount",
    "SearchDocument",
    "SearchOwed",
    "SearchStatistics",
    "ShareCard",
    "SiteSettings",
    "SitemapPart",
    "Status",
    "Topic",
    "TopicArticle",
    "TopicBan",
    "User",
]
