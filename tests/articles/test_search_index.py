"""The index: what it holds follows the articles."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from taggit.models import Tag

from articles import search
from articles.models import (
    Article,
    Category,
    Contributor,
    Scope,
    SearchDocument,
    SearchOwed,
    SearchStatistics,
)
from articles.search import indexing, tasks
from articles.search.choice import engine
from articles.search.statistics import take_sample
from articles.search.terms import category_mark, head_terms, tag_mark
from articles.services.publishing import (
    create_article,
    publish,
    revise,
    schedule,
    unpublish,
)
from articles.services.restrictions import lift, restrict
from articles.services.revisions import restore_revision
from articles.services.tags import delete_tag, save_tag


def found(*terms: str, **options: Any) -> list[int]:
    """Return the articles that the index gives for all the terms, newest first."""
    numbers = engine().newest(terms, 100, **options)
    articles = dict(SearchDocument.objects.values_list("number", "article_id"))
    return [articles[number] for number in numbers]


def test_terms() -> None:
    text = search.folded("用Python寫《網絡》程式,C++ 3.14")
    assert text == "用 python 写 网络 程式 c 3 14"
    assert search.terms_of(text) == ["用", "python", "写", "网络", "程式", "c", "3", "14"]
    assert search.folded(text) == text
    assert head_terms("路由器 nas") == {"路由", "由器", "路", "由", "器", "na", "nas"}


def test_a_long_word_is_cut() -> None:
    assert search.folded("x" * 100_000) == "x" * 40


def test_title_tags_and_text(article: Article) -> None:
    assert found("无线", "线死") == [article.pk]
    assert found("砖混") == [article.pk]
    assert found("路由", "砖混") == [article.pk]  # A tag, and the text.
    assert found("砖混", in_head=True) == []
    assert found("死", in_head=True) == [article.pk]
    assert found("没有") == []


def test_marks(article: Article, technology: Category) -> None:
    tag = Tag.objects.get(name="路由器")
    other = category_mark(technology.pk + 1)
    assert found("砖混", marks=[[category_mark(technology.pk), other]]) == [article.pk]
    assert found("砖混", marks=[[other]]) == []
    assert found("砖混", marks=[[category_mark(technology.pk)], [tag_mark(tag.pk)]]) == [article.pk]
    assert found("死", in_head=True, marks=[[tag_mark(tag.pk)]]) == [article.pk]
    assert found("死", in_head=True, marks=[[other]]) == []


def test_the_newest_come_first(carol: Contributor) -> None:
    numbers = [_public(carol, f"第{n}篇", days=days).pk for n, days in enumerate((3, 1, 2))]
    assert found("正文") == [numbers[1], numbers[2], numbers[0]]
    since = int((timezone.now() - timedelta(days=2, hours=1)).timestamp())
    assert found("正文", span=(since, 1 << 40)) == [numbers[1], numbers[2]]
    assert found("正文", are_common=True) == found("正文")
    assert len(engine().newest(["正文"], 2)) == 2


def _public(carol: Contributor, title: str, days: int = 0) -> Article:
    moment = timezone.now() - timedelta(days=days)
    article = create_article(
        None, title=title, body="<p>正文</p>", contributor=carol, published_at=moment
    )
    return publish(article, None)


def test_articles_of_one_second(carol: Contributor) -> None:
    moment = datetime(2020, 1, 1, tzinfo=UTC)
    for n in range(8):
        article = create_article(
            None, title=f"第{n}篇", body="<p>正文</p>", contributor=carol, published_at=moment
        )
        publish(article, None)
    numbers = list(SearchDocument.objects.values_list("number", flat=True))
    assert len(set(numbers)) == 8
    assert all(0 <= number - moment.timestamp() < 3600 for number in numbers)
    assert len(found("正文")) == 8


def test_weighted(carol: Contributor) -> None:
    one, two = _public(carol, "甲乙"), _public(carol, "丙丁")
    assert search.candidates({"甲乙": 2.0, "丙丁": 1.0, "正文": 0.5, "没有": 9.0}) == [
        (one.pk, 2.5),
        (two.pk, 1.5),
    ]
    assert search.candidates({"甲乙": 2.0, "正文": 0.5}, limit=1) == [(one.pk, 2.5)]
    assert search.candidates({}) == []
    assert search.document_frequency(["甲乙", "正文", "没有"]) == {"甲乙": 1, "正文": 2, "没有": 0}


def test_kept_texts(article: Article) -> None:
    kept = search.folded_texts([article.pk, 999])
    assert list(kept) == [article.pk]
    assert kept[article.pk].title == "老房子的无线死角怎么治"
    assert kept[article.pk].tags == "路由器 家庭网络"
    assert "砖混房" in kept[article.pk].text


# --- Following ------------------------------------------------------------------------------
def test_drafts_are_not_indexed(draft: Article) -> None:
    assert not SearchDocument.objects.exists()
    assert not SearchOwed.objects.exists()


def test_revised(article: Article) -> None:
    revise(article, None, {"title": "新的标题", "body": "<p>全新内容</p>"}, tags=["换了"])
    assert found("全新") == found("换了") == found("标题", in_head=True) == [article.pk]
    assert found("砖混") == found("路由") == found("无线") == []
    first = article.history.order_by("history_id").first()
    restore_revision(article, None, first.history_id)
    assert found("砖混") == found("路由") == [article.pk]
    assert found("全新") == []


def test_unpublished_and_published_again(article: Article) -> None:
    unpublish(article, None)
    assert found("砖混") == []
    assert not SearchDocument.objects.exists()
    publish(article, None)
    assert found("砖混") == [article.pk]


def test_scheduled_is_indexed_before_it_is_due(draft: Article) -> None:
    schedule(draft, None, timezone.now() + timedelta(hours=1))
    assert found("砖混") == [draft.pk]


def test_withheld_and_restored(article: Article) -> None:
    measure = restrict(article, None, Scope.WHOLE, reference="TS-2026-000001")
    assert found("砖混") == []
    lift(measure, None)
    assert found("砖混") == [article.pk]


def test_a_withheld_passage(article: Article) -> None:
    measure = restrict(article, None, Scope.PASSAGE, reference="TS-1", passage="三室一厅")
    assert found("三室") == []
    assert found("砖混") == [article.pk]
    assert found("权利") == found("暂停") == []  # Of the notice in its place.
    lift(measure, None)
    assert found("三室") == [article.pk]


def test_tags_renamed_and_deleted(article: Article) -> None:
    tag = Tag.objects.get(name="路由器")
    tag.name = "交换机"
    save_tag(tag, None)
    search.index_owed()
    assert found("交换", in_head=True) == [article.pk]
    assert found("路由") == []
    delete_tag(tag, None)
    search.index_owed()
    assert found("交换") == []


def test_deleted(article: Article) -> None:
    pk = article.pk
    article.delete()
    search.owe([pk])
    search.index_owed()
    assert not SearchDocument.objects.exists()
    assert found("砖混") == []


def test_moved_in_time(article: Article) -> None:
    before = SearchDocument.objects.get().number
    revise(article, None, {"published_at": datetime(2020, 5, 1, tzinfo=UTC)})
    assert SearchDocument.objects.get().number == 1588291200 < before
    assert found("砖混") == [article.pk]


# --- Owing ----------------------------------------------------------------------------------
def test_nothing_is_written_twice(article: Article) -> None:
    search.owe([article.pk, article.pk])
    assert search.index_articles([article.pk]) == 0
    assert search.index_owed() == 1
    assert not SearchOwed.objects.exists()
    assert search.index_owed() == 0


def test_many_are_done_in_parts(carol: Contributor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "AT_ONCE", 4)
    numbers = [_public(carol, f"第{n}篇").pk for n in range(9)]
    search.forget_all()
    search.owe(numbers)
    assert search.index_owed(at_most=4) == 4
    assert SearchDocument.objects.count() == 4
    stops = iter([True, False])
    assert search.index_owed(lambda: next(stops)) == 4
    assert search.index_owed() == 1
    assert sorted(found("正文")) == numbers


def test_an_older_method(article: Article, monkeypatch: pytest.MonkeyPatch) -> None:
    SearchDocument.objects.update(version=0)
    enqueued: list[int] = []
    monkeypatch.setattr(
        type(tasks.index_waiting_articles), "enqueue", lambda task, *args: enqueued.append(1)
    )
    assert search.index_changed_articles()
    assert enqueued == [1]
    search.index_owed()
    assert SearchDocument.objects.get().version > 0
    assert not search.index_changed_articles()
    assert found("砖混") == [article.pk]


# --- Statistics -----------------------------------------------------------------------------
def test_sample(carol: Contributor) -> None:
    for n in range(5):
        _public(carol, f"甲{n}")
    take_sample(5)
    known = search.statistics()
    assert known.documents == 5
    assert known.shares["正文"] == 1.0
    assert "甲" not in known.shares or known.shares["甲"] == 1.0
    assert known.average_length > 2
    assert search.document_frequency(["正文"]) == {"正文": 5}
    assert not search.refresh_search_statistics()
    SearchStatistics.objects.update(documents=3)
    assert search.refresh_search_statistics()
    assert search.statistics().documents == 5
    day_before = timezone.now() - timedelta(days=1, minutes=1)
    SearchStatistics.objects.update(refreshed_at=day_before)
    assert search.refresh_search_statistics()


def test_nothing_known_yet(db: None) -> None:
    assert search.documents() == 0
    assert search.document_frequency(["正文"]) == {"正文": 0}
    assert not search.candidates({"正文": 1.0})
