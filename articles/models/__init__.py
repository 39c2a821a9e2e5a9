"""What readers see, and the people who write and edit it."""

from articles.models.articles import AiLabel, Article, ArticleQuerySet, ArticleTag, Origin, Status
from articles.models.engagement import DailyReads, HotArticle, Like, RelatedArticle
from articles.models.imports import ImportRecord
from articles.models.openings import OpeningClause
from articles.models.people import Contributor, User
from articles.models.pictures import ArticlePicture, Picture
from articles.models.restrictions import Restriction, Scope
from articles.models.site import Redirect, SiteSettings
from articles.models.taxonomy import Category, Page, Topic, TopicArticle

__all__ = [
    "AiLabel",
    "Article",
    "ArticlePicture",
    "ArticleQuerySet",
    "ArticleTag",
    "Category",
    "Contributor",
    "DailyReads",
    "HotArticle",
    "ImportRecord",
    "Like",
    "OpeningClause",
    "Origin",
    "Page",
    "Picture",
    "Redirect",
    "RelatedArticle",
    "Restriction",
    "Scope",
    "SiteSettings",
    "Status",
    "Topic",
    "TopicArticle",
    "User",
]
