from django.urls import path, register_converter
from django.urls.converters import IntConverter, StringConverter

from articles.views import engagement, lists, media, pages, system


class SlugConverter(StringConverter):
    """A slug in any script, as imported sites have them."""

    regex = r"[^/?#\s\x00]{1,200}"


class NumberConverter(IntConverter):
    """An article's number: no leading zeros, and small enough for the database."""

    regex = r"[1-9][0-9]{0,17}"


register_converter(SlugConverter, "name")
register_converter(NumberConverter, "number")
app_name = "articles"

urlpatterns = [
    path("", lists.home, name="home"),
    path("p/<number:pk>.html", pages.article, name="article"),
    path("p/<number:pk>/like/", engagement.like, name="like"),
    path("p/<number:pk>/read/", engagement.read, name="read"),
    path("category/<name:slug>/", lists.category, name="category"),
    path("tag/<name:slug>/", lists.tag, name="tag"),
    path("topic/", lists.topics, name="topics"),
    path("topic/<name:slug>/", lists.topic, name="topic"),
    path("author/<name:slug>/", lists.author, name="author"),
    path("hot/", lists.hot, name="hot"),
    path("page/<name:slug>/", pages.page, name="page"),
    path("media/<path:path>", media.media, name="media"),
    path("healthz", system.healthz, name="healthz"),
    path("robots.txt", system.robots, name="robots"),
]
