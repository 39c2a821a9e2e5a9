from django.urls import path, register_converter
from django.urls.converters import IntConverter, StringConverter

from articles.models import Period
from articles.views import (
    engagement,
    feeds,
    lists,
    media,
    pages,
    previews,
    search,
    sitemaps,
    system,
)


class SlugConverter(StringConverter):
    """A slug in any script, as imported sites have them."""

    regex = r"[^/?#\s\x00]{1,200}"


class NumberConverter(IntConverter):
    """An article's number: no leading zeros, and small enough for the database."""

    regex = r"[1-9][0-9]{0,17}"


class FeedKindConverter(StringConverter):
    """The kinds of feeds that WordPress has addresses for."""

    regex = "atom|rss2|rss|rdf"


class IndexNowConverter(StringConverter):
    """A key of IndexNow's."""

    regex = "[A-Za-z0-9-]{8,128}"


class VersionConverter(StringConverter):
    """What stands for the words on a card."""

    regex = "[0-9a-f]{16}"


class PartConverter(IntConverter):
    """The number of a part, from 0."""

    regex = "0|[1-9][0-9]{0,12}"


class SitemapKindConverter(StringConverter):
    """The sitemaps that come in parts."""

    regex = "articles|tags|authors"


register_converter(SlugConverter, "name")
register_converter(IndexNowConverter, "indexnow")
register_converter(VersionConverter, "version")
register_converter(PartConverter, "part")
register_converter(SitemapKindConverter, "sitemapkind")
register_converter(FeedKindConverter, "feedkind")
register_converter(NumberConverter, "number")
app_name = "articles"

urlpatterns = [
    path("", lists.home, name="home"),
    path("p/<number:pk>.html", pages.article, name="article"),
    path("p/<number:pk>.md", pages.markdown, name="markdown"),
    path("p/<number:pk>.svg", pages.article_qr, name="article_qr"),
    path("card/<number:pk>-<version:version>.png", system.card, name="card"),
    path("p/<number:pk>/like/", engagement.like, name="like"),
    path("p/<number:pk>/read/", engagement.read, name="read"),
    path("category/<name:slug>/", lists.category, name="category"),
    path("tag/<name:slug>/", lists.tag, name="tag"),
    path("topic/", lists.topics, name="topics"),
    path("topic/<name:slug>/", lists.topic, name="topic"),
    path("author/<name:slug>/", lists.author, name="author"),
    path("hot/", lists.hot, name="hot"),
    path("hot/day/", lists.hot, {"period": Period.DAY}, name="hot_day"),
    path("hot/month/", lists.hot, {"period": Period.MONTH}, name="hot_month"),
    path("search/", search.search, name="search"),
    path("search/suggest/", search.suggestions, name="suggestions"),
    path("feed/", feeds.latest, name="feed"),
    path("feed/<feedkind:kind>/", feeds.latest, name="feed_kind"),
    path("category/<name:slug>/feed/", feeds.category, name="category_feed"),
    path("category/<name:slug>/feed/<feedkind:kind>/", feeds.category, name="category_feed_kind"),
    path("tag/<name:slug>/feed/", feeds.tag, name="tag_feed"),
    path("tag/<name:slug>/feed/<feedkind:kind>/", feeds.tag, name="tag_feed_kind"),
    path("topic/<name:slug>/feed/", feeds.topic, name="topic_feed"),
    path("topic/<name:slug>/feed/<feedkind:kind>/", feeds.topic, name="topic_feed_kind"),
    path("author/<name:slug>/feed/", feeds.author, name="author_feed"),
    path("author/<name:slug>/feed/<feedkind:kind>/", feeds.author, name="author_feed_kind"),
    path("comments/feed/", feeds.comments, name="comments_feed"),
    path("comments/feed/<feedkind:kind>/", feeds.comments),
    path("p/<number:pk>.html/feed/", feeds.comments),
    path("page/<name:slug>/", pages.page, name="page"),
    path("preview/<str:token>/", previews.shared, name="preview"),
    path("media/<path:path>", media.media, name="media"),
    path("healthz", system.healthz, name="healthz"),
    path("robots.txt", system.robots, name="robots"),
    path("llms.txt", system.llms, name="llms"),
    path("<indexnow:key>.txt", system.indexnow_key, name="indexnow_key"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap-news.xml", sitemaps.news, name="sitemap_news"),
    path("sitemap-places.xml", sitemaps.places, name="sitemap_places"),
    path("sitemap-<sitemapkind:kind>-<part:number>.xml", sitemaps.part, name="sitemap_part"),
]
