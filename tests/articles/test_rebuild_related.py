"""The command that chooses anew what stands below each article."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from articles.management.commands import rebuild_related as command
from articles.models import Article, Contributor, RelatedArticle, User
from articles.services.publishing import create_article, publish, unpublish
from articles.services.related import choose_related, related_to


@pytest.fixture
def articles(carol: Contributor, settings: Any, tmp_path: Path) -> list[Article]:
    settings.DATA_DIR = tmp_path
    written = [
        publish(
            create_article(
                None, title=f"第{n}篇谈路由器", body=f"<p>信号穿墙之后第{n}次变弱。</p>",
                contributor=carol,
            ),
            None,
        )
        for n in range(8)
    ]  # fmt: skip
    RelatedArticle.objects.all().delete()
    return written


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("rebuild_related", *arguments, stdout=out)
    return out.getvalue()


def test_each_public_article_gets_its_list(articles: list[Article]) -> None:
    unpublish(articles[7], None)
    RelatedArticle.objects.all().delete()
    assert "7" in run()
    for article in articles[:7]:
        assert set(related_to(article.pk)) == {a.pk for a in articles[:7]} - {article.pk}
    assert related_to(articles[7].pk) == []


def test_running_twice_changes_nothing(articles: list[Article]) -> None:
    run()
    before = list(RelatedArticle.objects.order_by("pk").values_list())
    run()
    assert list(RelatedArticle.objects.order_by("pk").values_list()) == before


def test_what_editors_chose_outlives_it(articles: list[Article], eddie: User) -> None:
    choose_related(articles[0], eddie, {articles[5].pk: "pin", articles[1].pk: "ban"})
    run()
    order = related_to(articles[0].pk)
    assert order[0] == articles[5].pk
    assert articles[1].pk not in order


def test_an_interrupted_run_goes_on(
    articles: list[Article], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = command.rebuild_related

    def breaks_off(*args: Any, **options: Any) -> Any:
        for number in real(*args, **options):
            yield number
            if number == articles[2].pk:
                raise KeyboardInterrupt

    monkeypatch.setattr(command, "rebuild_related", breaks_off)
    with pytest.raises(KeyboardInterrupt):
        run()
    monkeypatch.setattr(command, "rebuild_related", real)
    done = set(RelatedArticle.objects.values_list("article", flat=True))
    assert done == {a.pk for a in articles[:3]}
    RelatedArticle.objects.all().delete()
    said = run()
    assert str(articles[2].pk) in said
    assert set(RelatedArticle.objects.values_list("article", flat=True)) == {
        a.pk for a in articles[3:]
    }
    assert list(tmp_path.glob("*.at")) == []


def test_it_may_begin_again(articles: list[Article], tmp_path: Path) -> None:
    (tmp_path / "rebuild_related.at").write_text(str(articles[5].pk))
    run("--from-start")
    assert RelatedArticle.objects.values("article").distinct().count() == len(articles)


def test_only_thin_lists(articles: list[Article]) -> None:
    run()
    RelatedArticle.objects.filter(article=articles[0]).delete()
    RelatedArticle.objects.filter(article=articles[1], position=0).delete()
    run("--thin")
    assert len(related_to(articles[0].pk)) == 7
    assert len(related_to(articles[1].pk)) == 6  # Enough are left to show.


@pytest.mark.django_db
def test_an_empty_site(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    assert "0" in run()
