"""What the database notes by itself."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from articles.models import (
    Article,
    ArticleList,
    Category,
    Contributor,
    ListEntry,
    Page,
    Picture,
    Purge,
    Restriction,
    Scope,
    SiteSettings,
    Topic,
    TopicArticle,
)
from articles.pagecache import triggers


def noted(change: Callable[[], object]) -> set[str]:
    """Return the keys that a change purges."""
    Purge.objects.all().delete()
    change()
    return set(Purge.objects.values_list("key", flat=True))


def test_all_triggers_stand_after_migrate_and_can_be_put_up_again(db: None) -> None:
    assert triggers.missing(connection) == []
    triggers.remove(connection)
    assert len(triggers.missing(connection)) > 20
    triggers.install(connection)
    assert triggers.missing(connection) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "新"), ("prose", "<p>新</p>"), ("summary", "新"),
        ("tag_links", [{"name": "a", "slug": "a"}]), ("toc", [{"id": "a", "text": "a"}]),
        ("ai_label", "assisted"), ("source_name", "报"),
    ],
)  # fmt: skip
def test_an_update_of_what_is_shown_counts(article: Article, field: str, value: object) -> None:
    rows = Article.objects.filter(pk=article.pk)
    assert f"article:{article.pk}" in noted(lambda: rows.update(**{field: value}))


def test_a_like_concerns_the_articles_own_page_alone(article: Article) -> None:
    rows = Article.objects.filter(pk=article.pk)
    assert noted(lambda: rows.update(like_count=9)) == {f"likes:{article.pk}"}


@pytest.mark.parametrize("field", ["read_count", "version"])
def test_an_update_of_what_is_not_shown_does_not(article: Article, field: str) -> None:
    assert not noted(lambda: Article.objects.filter(pk=article.pk).update(**{field: 77}))


def test_saving_a_row_as_it_is_purges_nothing(article: Article) -> None:
    article.refresh_from_db()
    assert not noted(lambda: article.save_without_historical_record())


def test_withholding_and_lifting(article: Article) -> None:
    row = Restriction(article=article, scope=Scope.WHOLE, reference="TS-1", since=timezone.now())
    assert f"article:{article.pk}" in noted(row.save)
    lifted = Restriction.objects.filter(pk=row.pk)
    assert f"article:{article.pk}" in noted(lambda: lifted.update(lifted_at=timezone.now()))


def test_the_head_of_the_home_page(article: Article) -> None:
    rows = Article.objects.filter(pk=article.pk)
    assert noted(lambda: rows.update(featured=True)) == {"lead"}


def test_an_entry_tells_its_list_and_those_beside_it(article: Article, carol: Contributor) -> None:
    everything, _new = ArticleList.objects.get_or_create(pk=1, defaults={"kind": "all"})
    ListEntry.objects.all().delete()
    numbers = [
        Article.objects.create(
            title=str(n), contributor=carol, published_at=article.published_at
        ).pk
        for n in range(4)
    ]
    first, new, last, far = numbers

    def enter(number: int) -> None:
        ListEntry.objects.create(list=everything, article_id=number, public_at=article.published_at)

    for number in (first, last, far):
        enter(number)
    beside = {f"turn:{number}" for number in (first, new, last)}
    assert noted(lambda: enter(new)) == {"list:all:0", *beside}
    assert noted(ListEntry.objects.filter(article=new).delete) == {"list:all:0", *beside}


def test_bylines_categories_tags_topics_pages_settings_and_pictures(
    article: Article, carol: Contributor, technology: Category
) -> None:
    topic, page = Topic(title="专题", slug="t"), Page(title="关于", slug="about")
    topic.save()
    page.save()
    entry = TopicArticle(topic=topic, article=article)
    picture = Picture.objects.create(key="k", file="original.webp", width=1, height=1, sha256="0")
    changes: dict[str, Callable[[], object]] = {
        f"contributor:{carol.pk}": lambda: Contributor.objects.update(name="新"),
        f"category:{technology.pk}": lambda: Category.objects.update(name="新"),
        f"topic:{topic.pk}": entry.save,
        "topics": lambda: Topic.objects.update(title="新"),
        f"page:{page.pk}": lambda: Page.objects.update(title="新"),
        "site": lambda: SiteSettings.objects.update_or_create(pk=1, defaults={"name": "新"}),
        f"picture:{picture.pk}": lambda: Picture.objects.update(is_withheld=True),
    }
    for key, change in changes.items():
        assert key in noted(change), key
    tag = article.tags.get(name="路由器")
    assert f"tag:{tag.pk}" in noted(lambda: type(tag).objects.filter(pk=tag.pk).update(name="新"))
