import re
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from articles.demo import drawing, loader
from articles.demo.covers import MOTIFS
from articles.demo.reader import PEOPLE, read_articles, read_taxonomy
from articles.models import (
    AiLabel,
    Article,
    Category,
    Contributor,
    HotArticle,
    Origin,
    Page,
    Picture,
    RelatedArticle,
    Status,
    Topic,
    User,
)
from articles.services.engagement import add_likes
from articles.services.taxonomy import save_category


@pytest.fixture(autouse=True)
def _small(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiny pictures, drawn in this process; what the worker would do is left undone."""
    monkeypatch.setattr(drawing, "SIZE", (36, 24))
    monkeypatch.setattr(drawing, "_MOST_PROCESSES", 1)
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}


def load() -> str:
    out = StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue()


def rows() -> dict[str, int]:
    models = (Article, Category, Contributor, Page, Picture, Topic, User)
    return {model.__name__: model.objects.count() for model in models}


def test_content_is_sound() -> None:
    """Every file parses, and names what the taxonomy has."""
    articles, taxonomy = read_articles(), read_taxonomy()
    places = {(c["name"], s["name"]) for c in taxonomy["categories"] for s in c["children"]}
    bylines = {c["name"] for c in taxonomy["contributors"]}
    topics = {topic["title"] for topic in taxonomy["topics"]}
    assert {article.category for article in articles} <= places
    assert {article.contributor for article in articles} == bylines
    assert {article.topic for article in articles} - {""} == topics
    assert {article.cover for article in articles} - {""} <= set(MOTIFS)
    assert {article.status for article in articles} <= set(Status.values)
    assert {article.origin for article in articles} <= set(Origin.values)
    assert {article.ai for article in articles} <= set(AiLabel.values)
    assert sum(article.featured == "sticky" for article in articles) == 1
    assert all(a.cover and a.status == "published" for a in articles if a.featured)
    assert len({article.title for article in articles}) == len(articles)


def test_content_has_no_half_width_punctuation() -> None:
    for article in read_articles():
        text = re.sub(r"<pre>.*?</pre>|<code>.*?</code>", "", article.body, flags=re.DOTALL)
        text = re.sub(r"<[^>]+>", "¦", text)
        wrong = re.search(
            r"[一-鿿”][,.;:?!()]|[,;:?!()][一-鿿]|[一-鿿] [A-Za-z0-9]|[A-Za-z0-9] [一-鿿]", text
        )
        assert wrong is None, (article.file, wrong and wrong[0])


def test_load(db: None) -> None:
    out = load()
    articles = Article.objects.all()
    assert articles.filter(characters__range=(600, 2000)).count() >= 40
    assert not articles.filter(characters__lt=600).exists()
    assert not articles.filter(is_demo=False).exists()
    assert Category.objects.filter(parent=None).count() == 8
    assert Topic.objects.count() >= 4
    assert all(t.articles.filter(status="published").count() >= 3 for t in Topic.objects.all())
    assert Contributor.objects.count() == 12
    assert Page.objects.filter(is_published=True, in_footer=True).count() == 4
    assert {"draft", "scheduled", "published", "unpublished"} == set(
        articles.values_list("status", flat=True)
    )
    assert articles.filter(ai_label=AiLabel.GENERATED, status="published").exists()
    assert articles.get(origin=Origin.REPRINTED).source_url
    assert 3 <= articles.filter(featured=True, cover__isnull=False).count() <= 5
    assert articles.filter(sticky=True).count() == 1
    for person in PEOPLE:
        assert person.email in out
    assert "changepassword" in out
    assert _password_of(out, "chief@example.com")


def test_dates(db: None) -> None:
    load()
    now = timezone.now()
    published = Article.objects.filter(status="published")
    assert not published.filter(published_at__gt=now).exists()
    assert not Article.objects.filter(status="scheduled", published_at__lte=now).exists()
    oldest = published.order_by("published_at")[0].published_at
    assert oldest is not None
    assert oldest < now - timedelta(days=700)
    # Numbers follow the dates, as they would on a site that has grown.
    numbers = list(published.order_by("published_at", "pk").values_list("pk", flat=True))
    assert numbers == sorted(numbers)
    assert not Article.objects.filter(created_at__gt=now).exists()
    assert not Article.history.filter(history_date__gt=now - timedelta(hours=19)).exists()


def test_an_article_of_later_today_appeared_a_moment_ago() -> None:
    today = [article for article in read_articles() if article.days_ago == 0]
    early = datetime(2030, 5, 1, 0, 40, tzinfo=loader.SHANGHAI)
    moments = [loader.moment(article, early) for article in today]
    assert today
    assert all(early - timedelta(hours=2) < at < early for at in moments)
    assert moments == sorted(set(moments))
    late = datetime(2030, 5, 1, 23, 59, tzinfo=loader.SHANGHAI)
    assert [loader.moment(a, late).time() for a in today] == [a.time for a in today]


def test_people_can_sign_in_at_once(db: None) -> None:
    out = load()
    assert User.objects.count() == len(PEOPLE)
    for person in PEOPLE:
        user = User.objects.get(email=person.email)
        assert user.check_password(_password_of(out, person.email))
        assert EmailAddress.objects.get(user=user).verified
        assert user.is_superuser == (person.role == "operator")
        assert user.is_staff == (person.role != "contributor")
    chief = User.objects.get(email="chief@example.com")
    assert chief.has_perm("articles.delete_article")
    assert not User.objects.get(email="editor@example.com").has_perm("articles.delete_article")
    assert User.objects.get(email="contributor@example.com").contributor.name == "纸上行舟"


def _password_of(out: str, email: str) -> str:
    found = re.search(re.escape(email) + r"\s+([a-z]{4}-[a-z]{4}-[a-z]{4}-\d{4})", out)
    assert found, out
    return found[1]


def test_pictures_have_files_and_descriptions(db: None) -> None:
    load()
    wanted = sum(1 for a in read_articles() if a.cover) + len(read_taxonomy()["topics"])
    assert Picture.objects.count() == wanted
    assert not Picture.objects.filter(alt="").exists()
    for picture in Picture.objects.all():
        assert default_storage.exists(f"{picture.folder}/{picture.file}")


def test_readers(db: None) -> None:
    load()
    assert HotArticle.objects.count() >= 30
    published = Article.objects.filter(status="published")
    assert not published.filter(read_count=0).exists()
    assert all(article.like_count == article.likes.count() for article in published)
    assert not Article.objects.exclude(status="published").filter(read_count__gt=0).exists()
    related = RelatedArticle.objects.values("article").distinct().count()
    assert related == Article.objects.count()


def test_made_up_likes_count_once(article: Article) -> None:
    long_ago = timezone.now() - timedelta(days=400)
    assert add_likes(article, ["a" * 43, "b" * 43, "a" * 43], long_ago) == 2
    assert add_likes(article, ["b" * 43, "c" * 43]) == 1
    article.refresh_from_db()
    assert article.like_count == article.likes.count() == 3
    assert article.likes.filter(created_at=long_ago).count() == 2


def test_a_second_load_changes_nothing(db: None) -> None:
    load()
    before = rows()
    stamps = list(Article.objects.order_by("pk").values_list("pk", "updated_at", "read_count"))
    assert "没有" in load() or "nothing" in load()
    assert rows() == before
    assert stamps == list(
        Article.objects.order_by("pk").values_list("pk", "updated_at", "read_count")
    )


def test_refuses_a_site_with_articles(draft: Article) -> None:
    before = rows()
    with pytest.raises(CommandError):
        load()
    assert rows() == before


def test_refuses_where_a_name_is_taken(db: None) -> None:
    save_category(Category(name="自己的技术", slug="tech"), None)
    with pytest.raises(CommandError, match="自己的技术"):
        load()
    assert not Picture.objects.exists()


def test_goes_on_after_an_interruption(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ended while articles were written: pictures stay and are used; nothing else is there."""

    def interrupted(*args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(loader, "_topics", interrupted)
        with pytest.raises(KeyboardInterrupt):
            load()
    drawn = set(Picture.objects.values_list("pk", flat=True))
    assert drawn
    assert not Article.objects.exists()
    assert not User.objects.exists()
    Picture.objects.order_by("-pk")[0].delete()
    load()
    assert len(drawn - set(Picture.objects.values_list("pk", flat=True))) == 1
    assert Picture.objects.count() == len(drawn)
    assert Article.objects.filter(is_demo=True).count() == len(read_articles())


def test_draws_in_processes_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [(motif, 0) for motif in MOTIFS[:8]]
    here = list(drawing.draw_all(wanted, (36, 24)))
    monkeypatch.setattr(drawing, "_MOST_PROCESSES", 2)
    monkeypatch.setattr(drawing.os, "cpu_count", lambda: 2)
    assert list(drawing.draw_all(wanted, (36, 24))) == here
    assert [(motif, seed) for motif, seed, _data in here] == wanted
