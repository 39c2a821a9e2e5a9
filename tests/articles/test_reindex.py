"""`manage.py reindex`."""

import pytest
from django.core.management import call_command

from articles.models import Article, SearchDocument, SearchStatistics
from articles.services.publishing import create_article, publish
from articles.services.search import search


def found(text: str) -> list[int]:
    return list(search(text).numbers)


def reindex(*arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    call_command("reindex", *arguments)
    return capsys.readouterr().out


def test_what_is_lacking(article: Article, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("reindex", "--from-empty")
    capsys.readouterr()
    SearchDocument.objects.filter(article_id=article.pk).update(digest=b"?")
    assert "Written: 1. Forgotten: 0." in reindex(capsys=capsys)
    assert "Written: 0. Forgotten: 0." in reindex(capsys=capsys)
    assert found("无线死角") == [article.pk]


def test_what_is_gone(article: Article, draft: Article, capsys: pytest.CaptureFixture[str]) -> None:
    Article.objects.filter(pk=article.pk).delete()
    assert SearchDocument.objects.count() == 1
    assert "Forgotten: 1." in reindex(capsys=capsys)
    assert not SearchDocument.objects.exists()


def test_from_empty(article: Article, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Written: 1." in reindex("--from-empty", capsys=capsys)
    assert found("无线死角") == [article.pk]
    assert SearchStatistics.objects.get().documents == 1


def test_goes_on_after_an_article(
    article: Article, capsys: pytest.CaptureFixture[str], carol: object
) -> None:
    second = create_article(None, title="第二篇", body="<p>第二篇的正文</p>", contributor=carol)
    publish(second, None)
    call_command("reindex", "--from-empty", "--after", str(article.pk))
    capsys.readouterr()
    assert found("无线死角") == []
    assert found("第二篇") == [second.pk]
    assert "Written: 1." in reindex(capsys=capsys)
    assert found("无线死角") == [article.pk]


def test_anew_writes_everything(article: Article, capsys: pytest.CaptureFixture[str]) -> None:
    number = SearchDocument.objects.get().number
    assert "Written: 1." in reindex("--anew", capsys=capsys)
    assert SearchDocument.objects.get().number == number
    assert found("无线死角") == [article.pk]
