"""Searching: what is found, in which order, and what is shown of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone
from taggit.models import Tag

from articles.models import Article, Category, Contributor, Scope, SearchDocument, SearchOwed
from articles.search import finding, index_owed, statistics
from articles.search.choice import engine
from articles.search.finding import parse_query
from articles.search.snippets import Piece, mark, snippet
from articles.search.tasks import index_waiting_articles
from articles.services.engagement import add_likes
from articles.services.publishing import create_article, publish, revise, schedule, unpublish
from articles.services.restrictions import restrict
from articles.services.search import Order, hits, search

Write = Callable[..., Article]


@pytest.fixture
def write(carol: Contributor, technology: Category) -> Write:
    def write(title: str, body: str = "<p>别的</p>", days: int = 0, **fields: Any) -> Article:
        fields = {"contributor": carol, "category": technology, **fields}
        moment = timezone.now() - timedelta(days=days)
        return publish(
            create_article(None, title=title, body=body, published_at=moment, **fields), None
        )

    return write


@pytest.fixture
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the index lag behind, as it does until the worker has followed."""
    monkeypatch.setattr(type(index_waiting_articles), "enqueue", lambda task, *args: None)


def found(text: str, **options: Any) -> list[int]:
    return list(search(text, **options).numbers)


# --- What is found --------------------------------------------------------------------------
@pytest.mark.parametrize(
    "typed",
    ["无线死角", "無線死角", "老房子 死角", "砖混房", "磚混房", "弱电箱", "路由器", "家庭網絡",
     "承重墙多", "ＷｉＦｉ", "wifi", "5G", "５ｇ"],
)  # fmt: skip
def test_found(draft: Article, typed: str) -> None:
    revise(draft, None, {"body": draft.body + "<p>新的Wi­Fi，WiFi和5G。</p>"})
    publish(draft, None)
    assert found(typed) == [draft.pk]


@pytest.mark.parametrize("typed", ["", " ", "   ", "。", "！？", "😀", '"', "\0", "%", "🈳️\0 \n"])
def test_nothing_to_look_for(article: Article, typed: str) -> None:
    results = search(typed)
    assert not results.query.terms or not results.numbers
    assert not results.query.is_cut


@pytest.mark.parametrize(
    "typed",
    ['"砖混"', "砖混 OR", "砖混*", "砖混 NOT 承重", "NEAR(砖混 承重)", "terms:砖混", "^砖混",
     "-砖混", "砖混'); DROP TABLE articles_article; --", "砖混\0", "%砖混%", "{terms}: 砖混",
     "砖混 AND", "(砖混", "砖混 😀", "\ud800砖混", "砖混\u202e", "<script>砖混</script>"],
)  # fmt: skip
def test_there_are_no_operators(article: Article, typed: str) -> None:
    assert found(typed) == [article.pk]


def test_very_long(article: Article) -> None:
    results = search("砖混房三室一厅" * 1500)
    assert results.query.is_cut
    assert len(results.query.terms) < 60
    assert list(results.numbers) == [article.pk]
    assert search("x" * 10_000).query.terms == ("x" * 40,)
    assert search(" ".join(f"w{n}" for n in range(5000))).query.is_cut
    mixed = search("".join(chr(0x4E00 + n) for n in range(10_000)))
    assert len(mixed.query.terms) <= 200


def test_one_character_is_looked_for_in_titles_and_tags(write: Write) -> None:
    title = write("治水")
    tag = write("另一篇", tags=["水利"])
    write("第三篇", "<p>水</p>")
    assert sorted(found("水")) == [title.pk, tag.pk]
    assert search("水").marked == ["水"]


def test_a_character_that_stands_alone(write: Write) -> None:
    one = write("用 Python 写 程序")
    write("用心")
    assert found("用 python")[0] == one.pk


def test_some_of_the_words(write: Write) -> None:
    one = write("路由器的位置")
    write("咖啡")
    results = search("路由器和卫星天线")
    assert list(results.numbers) == [one.pk]
    assert results.is_partial
    assert not search("路由器").is_partial


def test_nothing(write: Write) -> None:
    write("路由器")
    results = search("卫星天线")
    assert (list(results.numbers), results.is_partial, results.is_capped) == ([], True, False)


# --- Order ----------------------------------------------------------------------------------
def test_phrases_before_all_words_before_some(write: Write) -> None:
    some = write("甲", "<p>" + "无线网络" * 9 + "</p>")
    every = write("乙", "<p>信号。线网。络信。网络。无线。" + "别的话" * 40 + "</p>")
    phrase = write("丙", "<p>" + "别的话" * 200 + "无线网络信号</p>")
    assert found("无线网络信号") == [phrase.pk, every.pk, some.pk]


def test_title_and_tags_weigh_more(write: Write) -> None:
    text = write("甲的事", "<p>说说路由器吧，别的话也说一些。</p>")
    tagged = write("乙的事", "<p>说说路由器吧，别的话也说一些。</p>", tags=["路由器"])
    titled = write("路由器的事", "<p>说说路由器吧，别的话也说一些。</p>")
    assert found("路由器")[-1] == text.pk
    assert set(found("路由器")[:2]) == {tagged.pk, titled.pk}


def test_by_date_and_use(write: Write) -> None:
    middle = write("路由器路由器", days=2)
    newest = write("说路由器", days=1)
    oldest = write("讲讲路由器", days=3)
    write("网络", "<p>路由协议</p>")
    add_likes(oldest, ["a", "b"])
    add_likes(middle, ["a"])
    assert found("路由器", order=Order.NEWEST) == [newest.pk, middle.pk, oldest.pk]
    assert found("路由器", order=Order.USEFUL)[:2] == [oldest.pk, middle.pk]


# --- Filters --------------------------------------------------------------------------------
def test_filters(write: Write, carol: Contributor) -> None:
    life = Category.objects.create(name="生活", slug="life")
    old = write("路由器一", days=40)
    tagged = write("路由器二", tags=["家庭"], days=1)
    other = write("路由器三", category=life)
    technology = old.category_id
    assert found("路由器", categories=[technology, 99]) == [tagged.pk, old.pk]
    assert found("路由器", categories=[life.pk]) == [other.pk]
    assert found("路由器", tag=Tag.objects.get().pk) == [tagged.pk]
    since = timezone.now() - timedelta(days=30)
    assert sorted(found("路由器", since=since)) == [tagged.pk, other.pk]
    assert found("器", categories=[life.pk]) == [other.pk]
    assert found("路由器的卫星", categories=[life.pk]) == [other.pk]
    assert search("路由器").categories == {technology: 2, life.pk: 1}


# --- Behind the index -----------------------------------------------------------------------
def test_withheld_at_once(article: Article, no_worker: None) -> None:
    restrict(article, None, Scope.WHOLE, reference="TS-1")
    assert SearchDocument.objects.exists()
    assert found("砖混") == []


def test_unpublished_at_once(article: Article, no_worker: None) -> None:
    unpublish(article, None)
    assert found("砖混") == []


def test_a_withheld_passage_at_once(article: Article, no_worker: None) -> None:
    restrict(article, None, Scope.PASSAGE, reference="TS-1", passage="三室一厅，承重墙多")
    assert SearchOwed.objects.exists()
    assert found("三室一厅") == found("承重墙") == []
    results = search("砖混 承重")
    assert list(results.numbers) == [article.pk]
    shown = "".join(p.text for hit in hits(results, results.numbers) for p in hit.text)
    assert "砖混" in shown
    assert "承重" not in shown
    assert "权利人" not in shown


def test_many_owed_and_one_withheld(
    write: Write, no_worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mass changes do not hide a withheld passage behind themselves."""
    articles = [write(f"路由器{n}", "<p>绝密的话在此。别的话。</p>") for n in range(4)]
    index_owed()
    for article in articles:
        revise(article, None, {"excerpt": "改"})
    restrict(articles[0], None, Scope.PASSAGE, reference="TS-1", passage="绝密的话在此")
    monkeypatch.setattr(finding, "_READ_ANEW", 0)
    assert sorted(found("绝密")) == [article.pk for article in articles[1:]]


def test_a_new_text_is_found_once_it_is_indexed(article: Article, no_worker: None) -> None:
    revise(article, None, {"title": "新的标题", "body": "<p>全新内容</p>"})
    assert found("砖混") == []  # Its own text was read.
    index_owed()
    assert found("全新") == [article.pk]


def test_too_slow(article: Article, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the database gives up is looked for in titles."""

    def give_up(self: Any, *args: Any, in_head: bool = False, **options: Any) -> list[int]:
        if in_head:
            return whole(self, *args, in_head=True, **options)
        raise OperationalError("canceling statement due to statement timeout")

    whole = type(engine()).newest
    monkeypatch.setattr(type(engine()), "newest", give_up)
    assert found("无线死角") == [article.pk]
    assert found("砖混") == []


def test_scheduled_ones_take_no_places(
    write: Write, draft: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "_NEWEST", 1)
    public = write("路由器")
    schedule(draft, None, timezone.now() + timedelta(days=2))
    assert SearchDocument.objects.count() == 2
    assert found("路由") == [public.pk]


def test_no_more_than_a_page_costs(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("articles.services.search.SHOWN", 2)
    for n in range(3):
        write(f"路由器{n}")
    results = search("路由器")
    assert len(results.numbers) == 2
    assert results.is_capped


def test_common_terms(write: Write) -> None:
    articles = [write(f"路由器{n}", days=n).pk for n in range(6)]
    index_waiting_articles.call()
    assert statistics().shares["路由"] == 1.0
    assert sorted(found("路由器")) == articles


# --- What is shown --------------------------------------------------------------------------
def test_query() -> None:
    query = parse_query("  NAS備份 方案 方案")
    assert query.phrases == ("nas 备份", "方案")
    assert query.terms == ("nas", "备份", "方案")


def text_of(pieces: list[Piece]) -> str:
    return "".join(f"[{piece.text}]" if piece.is_hit else piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("text", "wanted", "shown"),
    [
        ("老房子的無線網絡", ["无线网络"], "老房子的[無線網絡]"),
        ("NAS备份，nas 備份", ["nas 备份"], "[NAS备份]，[nas 備份]"),
        ("category cat，cat。", ["cat"], "category [cat]，[cat]。"),
        ("用Python写", ["python"], "用[Python]写"),
        ("备份备份", ["备份"], "[备份备份]"),
        ("一份、两份", ["备份"], "一份、两份"),
        ("<b>备份</b>&amp;", ["备份"], "<b>[备份]</b>&amp;"),
        ("Ｗｉ－Ｆｉ和Wi-Fi", ["wi fi"], "[Ｗｉ－Ｆｉ]和[Wi-Fi]"),
        ("", ["备份"], ""),
    ],
)
def test_marks(text: str, wanted: list[str], shown: str) -> None:
    assert text_of(mark(text, wanted)) == shown


def test_snippet() -> None:
    text = (
        "开头的话。" * 30 + "先说备份。家里的网络只要能撑住增量备份，就不必换。" + "结尾的话。" * 30
    )
    shown = text_of(snippet(text, ["网络", "备份"]))
    assert shown.startswith("……先说[备份]。家里的[网络]只要")
    assert shown.endswith("……")
    assert len(shown) < 120
    assert snippet(text, ["没有"]) == []
    assert text_of(snippet("短的备份", ["备份"])) == "短的[备份]"


def test_snippet_of_a_huge_text_without_breaks() -> None:
    assert len(text_of(snippet("备" * 300_000, ["备备"]))) < 120
    assert len(text_of(snippet("a" * 5000 + " 备份 " + "b" * 5000, ["备份"]))) < 220


def test_hits(article: Article) -> None:
    results = search("無線 砖混")
    (hit,) = hits(results, results.numbers)
    assert hit.article == article
    assert text_of(hit.title) == "老房子的[无线]死角怎么治"
    assert text_of(hit.text).startswith("我家是九十年代的[砖混]房，三室一厅")


def test_a_hit_in_the_tags_alone_shows_the_summary(write: Write) -> None:
    write("标题", "<p>正文在此。</p>", tags=["路由器"])
    results = search("路由器")
    (hit,) = hits(results, results.numbers)
    assert text_of(hit.text) == "正文在此。"
