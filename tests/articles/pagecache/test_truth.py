"""A kept page says what a fresh one would: after a change of each column of what pages show (a new
column comes in by itself; _LEFT_OUT names those that do not), and after what services do with it
(SERVICES). A table that a page begins to read and nobody watches fails as well."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError, connection, models, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from taggit.models import Tag

from articles.models import (
    Article,
    Category,
    Contributor,
    Page,
    Picture,
    Scope,
    ShareCard,
    SiteSettings,
    Topic,
    TopicArticle,
)
from articles.pagecache.triggers import WATCHED
from articles.services import engagement, related
from articles.services.featuring import feature
from articles.services.merging import merge_categories, merge_tags
from articles.services.ordering import arrange_categories, category_places
from articles.services.publishing import create_article, publish, revise, schedule, unpublish
from articles.services.restrictions import lift, restrict
from articles.services.site import save_settings
from articles.services.tags import save_tag
from articles.services.taxonomy import (
    arrange_topic,
    save_category,
    save_contributor,
    save_page,
    save_topic,
)
from articles.services.trash import trash
from tests.articles.pagecache.conftest import Visitor
from tests.conftest import BODY

pytestmark = pytest.mark.django_db(transaction=True)
Cached = Callable[..., Visitor]


@dataclass
class World:
    """A site with one of everything that pages show."""

    articles: list[Article]
    tech: Category
    routers: Category
    carol: Contributor
    topic: Topic
    page: Page
    draft: Article

    @property
    def paths(self) -> list[str]:
        return [
            "/", "/?page=2", "/category/tech/", "/category/routers/", "/tag/共同/?page=2",
            "/topic/", "/topic/all/", "/author/carol/", "/hot/", "/page/about/", "/feed/",
            "/category/routers/feed/atom/", "/tag/共同/feed/", "/topic/all/feed/",
            "/author/carol/feed/", "/robots.txt", "/llms.txt", self.draft.get_absolute_url(),
            *(article.get_absolute_url() for article in self.articles[:5:2]),
            self.articles[2].get_absolute_url().replace(".html", ".md"),
        ]  # fmt: skip


def change_settings(**fields: Any) -> None:
    row = SiteSettings.objects.filter(pk=1).first() or SiteSettings()
    for name, value in fields.items():
        setattr(row, name, value)
    save_settings(row, None)


@pytest.fixture
def world(transactional_db: None, carol: Contributor, technology: Category) -> World:
    change_settings(items_per_page=5)
    routers = save_category(Category(name="路由器", slug="routers", parent=technology), None)
    articles = []
    for number in range(7):
        article = create_article(
            None, title=f"第{number}篇：无线的死角", body=BODY, contributor=carol,
            category=routers if number % 2 else technology, tags=["共同", f"标签{number}"],
            published_at=timezone.now() - timedelta(days=1, minutes=number),
        )  # fmt: skip
        articles.append(publish(article, None))
    topic = save_topic(Topic(title="专题", slug="all"), None)
    arrange_topic(topic, None, articles[:3])
    for article in articles:
        related.store_related(article.pk)
    engagement.add_reads({articles[0].pk: 3, articles[1].pk: 2})
    engagement.refresh_hot()
    page = save_page(Page(title="关于", slug="about", body=BODY, is_published=True), None)
    draft = create_article(
        None, title="还没有人看过", body=BODY, contributor=carol, category=routers, tags=["共同"]
    )
    return World(articles, technology, routers, carol, topic, page, draft)


@pytest.fixture
def compare(cached: Cached, world: World) -> Callable[[str], None]:
    """Fill the cache with every page; then say of each whether it still is what a fresh one is."""
    kept, fresh = cached(), Visitor(get_wsgi_application())
    paths = world.paths
    for path in paths:
        kept.get(path)
    # All but the draft's, which nobody gets.
    assert len(kept.application._store) == len(paths) - 1

    def check(what: str) -> None:
        for path in paths:
            one, other = kept.get(path), fresh.get(path)
            assert (one.status, _plain(one.text)) == (other.status, _plain(other.text)), (
                f"{path} after {what}"
            )

    return check


def _plain(text: str) -> str:
    """Return a page without what tells the moment at which a feed was made."""
    return re.sub(r"<(lastBuildDate|updated)>[^<]*</\1>", "", text, count=1)


# --- Any column ------------------------------------------------------------------------------
def _rows(world: World) -> dict[str, Any]:
    one = world.articles[2]
    card, _new = ShareCard.objects.get_or_create(article=one, defaults={"version": "0" * 16})
    picture = Picture.objects.create(
        key="k" * 32, file="original.webp", width=1200, height=800, sha256="0", alt="图"
    )
    for row in (world.topic, one, world.carol):
        name = "avatar" if row == world.carol else "cover"
        type(row)._default_manager.filter(pk=row.pk).update(**{name: picture})
    return {
        "article": one,
        "contributor": world.carol,
        "category": world.routers,
        "tag": Tag.objects.get(name="共同"),
        "topic": world.topic,
        "topicarticle": TopicArticle.objects.get(topic=world.topic, article=one),
        "page": world.page,
        "sitesettings": SiteSettings.objects.get(),
        "picture": picture,
        "card": card,
    }


def _other(field: "models.Field[Any, Any]", value: Any) -> Any:
    """Return another value that a column could have."""
    if field.choices:
        return next(choice for choice, _label in field.flatchoices if choice != value)
    if isinstance(field, models.ForeignKey):
        rows = field.related_model._default_manager.exclude(pk=value)
        return rows.values_list("pk", flat=True).first()
    for kind, change in _CHANGES:
        if isinstance(field, kind):
            return change(value)
    return f"{value or ''}x"[-(field.max_length or 9999) :]


_CHANGES: list[tuple[type[Any], Callable[[Any], Any]]] = [
    (models.BooleanField, lambda value: not value),
    (models.DateTimeField, lambda value: (value or timezone.now()) - timedelta(hours=4)),
    (models.DateField, lambda value: timezone.localdate()),
    (models.IntegerField, lambda value: (value or 6) + 1),
    (
        models.JSONField,
        lambda value: (
            {**value, "pages": []} if isinstance(value, dict) else [*(value or []), *value[:1]]
        ),
    ),
]


KINDS = [
    "article", "contributor", "category", "tag", "topic", "topicarticle", "page", "sitesettings",
    "picture", "card",
]  # fmt: skip
# What the services that write it tell by themselves, or what would not be a site any more.
_LEFT_OUT = {"id", "article", "public_at", "published_at", "status", "slug", "key"}


@pytest.mark.parametrize("kind", KINDS)
def test_any_column_that_changes_shows(world: World, cached: Cached, kind: str) -> None:
    row = _rows(world)[kind]
    kept, fresh = cached(), Visitor(get_wsgi_application())
    paths = world.paths
    rows = type(row)._default_manager.filter(pk=row.pk)
    changed = 0
    for field in row._meta.concrete_fields:
        if field.name in _LEFT_OUT or field.generated:
            continue
        for path in paths:
            kept.get(path)
        value = _other(field, rows.values_list(field.attname, flat=True).get())
        try:
            with transaction.atomic():
                rows.update(**{field.attname: value})
        except DatabaseError:
            continue  # A constraint does not let this value be.
        changed += 1
        for path in paths:
            one, other = kept.get(path), fresh.get(path)
            assert (one.status, _plain(one.text)) == (other.status, _plain(other.text)), (
                f"{path} after {kind}.{field.name}"
            )
    assert changed


# --- Each service ----------------------------------------------------------------------------
def _revise(world: World) -> None:
    revise(world.articles[1], None, {"title": "换了题目"}, tags=["标签3", "新"])


def _rename_byline(world: World) -> None:
    world.carol.name = "换了名字"
    save_contributor(world.carol, None)


def _move_category(world: World) -> None:
    world.routers.parent = None
    save_category(world.routers, None)


def _arrange(world: World) -> None:
    rows = list(Category.objects.order_by("position", "pk"))
    places = category_places(rows)
    arrange_categories(None, places, [(number, 0) for number, _depth in places])


def _lift(world: World) -> None:
    row = restrict(world.articles[2], None, Scope.WHOLE, reference="TS-1")
    for path in world.paths:
        Visitor(get_wsgi_application()).get(path)
    lift(row, None)


def _passage(world: World) -> None:
    restrict(world.articles[2], None, Scope.PASSAGE, reference="TS-1", passage="承重墙多")


def _rename_tag(world: World) -> None:
    tag = Tag.objects.get(name="共同")
    tag.name = "不共同"
    save_tag(tag, None)


SERVICES: dict[str, Callable[[World], object]] = {
    "publish": lambda w: publish(w.draft, None),
    "unpublish": lambda w: unpublish(w.articles[3], None),
    "schedule": lambda w: schedule(w.draft, None, timezone.now() + timedelta(days=1)),
    "revise": _revise,
    "restrict": lambda w: restrict(w.articles[2], None, Scope.WHOLE, reference="TS-1"),
    "restrict for good": lambda w: restrict(
        w.articles[2], None, Scope.WHOLE, reference="TS-1", http_status=410
    ),
    "restrict a passage": _passage,
    "lift": _lift,
    "trash": lambda w: trash(unpublish(w.articles[0], None), None),
    "like": lambda w: engagement.like(w.articles[4], "visitor"),
    "feature": lambda w: feature(w.articles[5], None, featured=True, sticky=True),
    "hot": lambda w: (engagement.add_reads({w.articles[6].pk: 50}), engagement.refresh_hot()),
    "rename tag": _rename_tag,
    "choose related": lambda w: related.choose_related(
        w.articles[0], None, {w.articles[6].pk: "pin", w.articles[1].pk: "ban"}
    ),
    "merge tags": lambda w: merge_tags(
        Tag.objects.get(name="标签1"), Tag.objects.get(name="标签2"), None
    ),
    "merge categories": lambda w: merge_categories(w.routers, w.tech, None),
    "move category": _move_category,
    "arrange categories": _arrange,
    "rename byline": _rename_byline,
    "arrange topic": lambda w: arrange_topic(w.topic, None, w.articles[4:]),
    "settings": lambda w: change_settings(name="新名", items_per_page=6),
}


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_does_shows(world: World, compare: Callable[[str], None], name: str) -> None:
    compare("nothing")
    SERVICES[name](world)
    compare(name)


def test_a_scheduled_article_shows_when_its_moment_comes(
    world: World, compare: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule(world.draft, None, timezone.now() + timedelta(hours=1))
    compare("scheduling")
    now, seconds = timezone.now, time.time
    monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(hours=2))
    monkeypatch.setattr(time, "time", lambda: seconds() + 7200)
    compare("its moment")


# --- Which tables ----------------------------------------------------------------------------
# Read by pages and not watched: what says so by itself, or follows a row that is watched.
TOLD: dict[str, str] = {
    "articles_relatedarticle": "articles.services.related purges related:<article>.",
    "articles_hotarticle": "articles.services.engagement purges hot.",
    "articles_articlelist": "Its count follows its entries.",
    "articles_listblock": "Its count follows its entries.",
    "articles_sitemappart": "Its date follows the articles of the part.",
    "articles_redirect": "Asked where nothing is found; such answers are not kept.",
    "articles_articletag": "Follows an article's tag_links and the entries of a tag's list.",
}


def test_every_table_that_a_page_reads_is_watched_or_tells(world: World) -> None:
    fresh = Visitor(get_wsgi_application())
    with CaptureQueriesContext(connection) as queries:
        for path in world.paths:
            fresh.get(path)
    sql = " ".join(query["sql"] for query in queries)
    read = set(re.findall(r'(?:FROM|JOIN) "?(\w+)"?', sql))
    assert "articles_article" in read
    watched = {one.table for one in WATCHED}
    assert read - watched - TOLD.keys() - {"articles_restriction"} == set()
