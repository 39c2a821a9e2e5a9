from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from post_office import mail
from post_office.models import Email
from taggit.models import Tag

from articles.demo import drawing
from articles.demo.covers import draw
from articles.models import (
    Article,
    Category,
    Contributor,
    DailyReads,
    HotArticle,
    Like,
    OpeningClause,
    Page,
    Picture,
    RelatedArticle,
    Restriction,
    Scope,
    Topic,
    User,
)
from articles.services.pictures import add_picture
from articles.services.publishing import create_article, publish, revise
from articles.services.restrictions import restrict
from articles.services.site import get_site
from articles.services.taxonomy import arrange_topic, save_category, save_contributor, save_page
from tests.moderation.making import submitted

REAL = {"title": "真正的文章", "body": "<p>这一篇是站里的人自己写的，不是演示。</p>"}


@pytest.fixture(autouse=True)
def _small(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "SIZE", (36, 24))
    monkeypatch.setattr(drawing, "_MOST_PROCESSES", 1)
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}


@pytest.fixture
def demo(db: None) -> None:
    call_command("load_demo", stdout=StringIO())


@pytest.fixture
def own(demo: None) -> Article:
    """A published article of the site's own, beside the demo."""
    contributor = save_contributor(Contributor(name="自己人"), None)
    return publish(create_article(None, contributor=contributor, **REAL), None)


def remove(**options: Any) -> str:
    out = StringIO()
    call_command("remove_demo", stdout=out, **{"yes": True, **options})
    return out.getvalue()


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.django_db(transaction=True)
def test_leaves_an_empty_site(settings: Any) -> None:
    call_command("load_demo", stdout=StringIO())
    article = Article.objects.filter(status="published", cover__isnull=False)[0]
    restrict(article, None, Scope.IMAGE, reference="TS-1", picture=article.cover)
    restrict(article, None, Scope.WHOLE, reference="TS-2")
    mail.send("chief@example.com", "noreply@example.com", subject="一", message="一")
    assert files(settings.MEDIA_ROOT)
    assert files(settings.PRIVATE_ROOT)
    out = remove()
    left = (
        Article, Article.history.model, Category, Contributor, DailyReads, EmailAddress, Email,
        HotArticle, Like, Page, Picture, RelatedArticle, Restriction, Tag, Topic, User,
    )  # fmt: skip
    assert {model.__name__: model.objects.count() for model in left} == {
        model.__name__: 0 for model in left
    }
    assert not OpeningClause.objects.exclude(articles=0).exists()
    assert not files(settings.MEDIA_ROOT)
    assert not files(settings.PRIVATE_ROOT)
    assert not get_site().categories
    assert not get_site().footer_pages
    assert "create_chief_editor" in out
    remove()


def test_keeps_an_article_that_a_case_refers_to(demo: None) -> None:
    reported = Article.objects.filter(is_demo=True, status="published").first()
    submitted(reported)
    out = remove()
    reported.refresh_from_db()
    assert not reported.is_demo
    assert reported.title in out
    assert not Article.objects.filter(is_demo=True).exists()


def test_may_be_loaded_again(demo: None) -> None:
    before = Article.objects.count()
    remove()
    call_command("load_demo", stdout=StringIO())
    assert Article.objects.filter(is_demo=True).count() == before


def test_keeps_a_real_article_and_what_it_stands_on(demo: None) -> None:
    category = Category.objects.get(slug="home-network")
    contributor = Contributor.objects.get(name="苔痕")
    cover, other = Picture.objects.filter(is_demo=True)[:2]
    body = REAL["body"] + f'<figure><img src="{other.url}" alt=""></figure>'
    article = create_article(
        None, title=REAL["title"], body=body, category=category, contributor=contributor,
        cover=cover, tags=["路由器", "自己的标签"],
    )  # fmt: skip
    publish(article, None)
    out = remove()
    assert list(Article.objects.values_list("title", flat=True)) == [REAL["title"]]
    kept = Article.objects.get()
    assert {c.slug for c in Category.objects.all()} == {"tech", "home-network"}
    assert Contributor.objects.get().name == "苔痕"
    assert {cover.pk, other.pk} == set(Picture.objects.values_list("pk", flat=True))
    assert sorted(tag.name for tag in Tag.objects.all()) == ["自己的标签", "路由器"]
    for model in (Article, Category, Contributor, Picture):
        assert not model.objects.filter(is_demo=True).exists()
    assert kept.history.count() == 2
    assert "家庭网络" in out
    assert "苔痕" in out
    assert [node.slug for node in get_site().categories] == ["tech", "home-network"]
    assert "没有" in remove() or "nothing" in remove()


def test_keeps_what_only_a_revision_shows(own: Article) -> None:
    picture = Picture.objects.filter(is_demo=True)[0]
    revise(own, None, {"cover": picture})
    revise(own, None, {"cover": None})
    remove()
    assert Picture.objects.get() == picture


def test_keeps_a_topic_that_holds_a_real_article(own: Article) -> None:
    topic = Topic.objects.all()[0]
    arrange_topic(topic, None, [*topic.articles.all(), own])
    remove()
    kept = Topic.objects.get()
    assert (kept.pk, kept.is_demo) == (topic.pk, False)
    assert list(kept.articles.all()) == [own]
    assert Picture.objects.get() == kept.cover


def test_keeps_a_page_that_was_rewritten(demo: None) -> None:
    page = Page.objects.get(slug="privacy")
    page.body = "<p>我们自己的政策。</p>"
    save_page(page, None)
    remove()
    kept = Page.objects.get()
    assert (kept.slug, kept.is_demo) == ("privacy", False)
    assert [shown["url"] for shown in get_site().footer_pages] == ["/page/privacy/"]


def test_keeps_a_category_above_a_real_one(demo: None) -> None:
    parent = Category.objects.get(slug="life")
    save_category(Category(name="自己的栏目", slug="own", parent=parent), None)
    remove()
    assert {c.slug for c in Category.objects.all()} == {"life", "own"}


def test_keeps_a_byline_that_was_given_to_someone(demo: None, sam: User) -> None:
    contributor = Contributor.objects.get(name="老路")
    contributor.user = sam
    contributor.save()
    remove()
    assert Contributor.objects.get().user == sam
    assert User.objects.get() == sam


def test_keeps_real_pictures_people_and_mails(demo: None, chloe: User) -> None:
    upload = ContentFile(b"", "own.png")
    draw("net", 3, (36, 24)).save(upload, "PNG")
    own = add_picture(chloe, upload, alt="自己的")
    mail.send(["chief@example.com", chloe.email], "noreply@example.com", subject="一", message="一")
    remove()
    assert Picture.objects.get() == own
    assert User.objects.get() == chloe
    assert Email.objects.count() == 1


def test_related_lists_of_real_articles_are_made_anew(own: Article) -> None:
    from articles.services.related import store_related

    assert store_related(own.pk)
    remove()
    assert not RelatedArticle.objects.exists()


def test_names_the_articles_that_staff_revised(demo: None, eddie: User) -> None:
    article = Article.objects.filter(status="published")[0]
    revise(article, eddie, {"title": "改过的演示文章"})
    assert "改过的演示文章" in remove()
    assert not Article.objects.exists()


@pytest.mark.parametrize("answer", ["", "no"])
def test_asks_first(demo: None, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr("builtins.input", lambda _question: answer)
    with pytest.raises(CommandError):
        remove(yes=False)
    assert Article.objects.filter(is_demo=True).exists()


def test_removes_when_confirmed(demo: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda _question: "yes")
    remove(yes=False)
    assert not Article.objects.exists()


def test_without_a_demo_it_changes_nothing(article: Article) -> None:
    remove()
    assert Article.objects.get() == article
