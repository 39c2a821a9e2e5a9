from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from taggit.models import Tag

from articles.admin import bounded_list
from articles.models import Article, ArticleTag, Category, Contributor, DeskTitle, Restriction
from articles.search import forget_all, index_articles
from articles.services.publishing import create_article, publish, revise, schedule, unpublish
from articles.services.restrictions import restrict
from articles.services.search import search
from articles.services.taxonomy import save_category, save_contributor
from articles.services.trash import trash
from tests.articles.desk import CHANGELIST

pytestmark = pytest.mark.django_db
# The columns that can be sorted by, as Django numbers them.
DUE, DATE, CHANGED, READS = 6, 7, 8, 9


@pytest.fixture
def desk(client, eddie):
    client.force_login(eddie)
    return client


@pytest.fixture
def window(monkeypatch):
    """A window of five rows, to be filled with few."""
    monkeypatch.setattr(bounded_list, "WINDOW", 5)


def titles(response):
    assert response.status_code == 200
    return [row.title for row in response.context["cl"].result_list]


def listed(desk, **query):
    return titles(desk.get(CHANGELIST, query))


def fill(count, contributor, **fields):
    """Put articles straight into the table, and return them, the oldest first."""
    rows = [
        Article(title=f"第{n}篇", contributor=contributor, **fields) for n in range(1, count + 1)
    ]
    return Article.objects.bulk_create(rows)


# --- Who may ----------------------------------------------------------------------------------
def test_the_ladder(client, article, sam, mona, eddie):
    assert client.get(CHANGELIST).status_code == 302
    client.force_login(sam)
    assert client.get(CHANGELIST).status_code == 302
    names = f"{CHANGELIST}names/tag/?q=路"
    assert client.get(names).status_code == 302
    client.force_login(mona)
    assert listed(client) == [article.title]
    client.force_login(eddie)
    assert client.get(names).json() == {"names": ["路由器"]}


# --- Filters ----------------------------------------------------------------------------------
@pytest.fixture
def shelf(carol, technology, eddie, chloe):
    """Articles that differ in everything that a filter asks for; returned by their titles."""
    below = save_category(Category(name="网络", slug="net", parent=technology), None)
    other = save_category(Category(name="生活", slug="life"), None)
    wen = save_contributor(Contributor(name="问渠", slug="wen"), None)
    today = timezone.localdate()
    body = "<p>正文在这里。</p>"
    made = {
        "甲": create_article(
            None, title="甲", body=body, contributor=carol, category=technology, tags=["路由器"]
        ),
        "乙": create_article(
            None, title="乙", body=body, contributor=wen, category=below, tags=["WiFi"],
            origin="licensed", source_url="https://example.com/", ai_label="assisted",
        ),
        "丙": create_article(None, title="丙", body=body, contributor=carol, category=other),
        "丁": create_article(None, title="丁", body=body, contributor=carol),
    }  # fmt: skip
    made["乙"] = publish(made["乙"], None)
    revise(made["丙"], None, {"published_at": timezone.now() - timedelta(days=20)})
    made["丙"] = publish(made["丙"], None)
    plans = {"甲": (eddie, -1), "丙": (chloe, -3), "丁": (chloe, 0)}
    for title, (who, days) in plans.items():
        Article.objects.filter(pk=made[title].pk).update(
            assignee=who, due_on=today + timedelta(days=days)
        )
    return made


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "丁丙乙甲"),
        ({"status__exact": "draft"}, "丁甲"),
        ({"status__exact": "published"}, "丙乙"),
        ({"status__exact": "published", "origin": "licensed"}, "乙"),
        ({"status__exact": ""}, "丁丙乙甲"),
        ({"category": "none"}, "丁"),
        ({"tag": "路由器"}, "甲"),
        ({"tag": "wifi "}, ""),
        ({"tag": "WiFi"}, "乙"),
        ({"tag": "没有"}, ""),
        ({"byline": "問渠"}, "乙"),
        ({"byline": "没有"}, ""),
        ({"origin": "licensed"}, "乙"),
        ({"ai_label": "assisted"}, "乙"),
        ({"ai_label": "undeclared"}, "丁丙甲"),
        ({"assignee": "me"}, "甲"),
        ({"assignee": "nobody"}, "乙"),
        ({"due": "overdue"}, "甲"),
        ({"due": "today"}, "丁"),
        ({"date": "today"}, "乙"),
        ({"date": "7"}, "乙"),
        ({"date": "30"}, "乙丙"),
        ({"withheld": "no"}, "丁丙乙甲"),
        ({"withheld": "yes"}, ""),
        ({"date": "30", "origin": "contributed"}, "丙"),
        ({"category": "none", "assignee": "me"}, ""),
    ],
)
def test_each_filter(desk, shelf, query, found):
    assert "".join(listed(desk, **query)) == found


def test_a_category_has_those_below_it(desk, shelf, technology):
    below = Category.objects.get(slug="net")
    assert listed(desk, category=technology.pk) == ["乙", "甲"]
    assert listed(desk, category=below.pk) == ["乙"]


def test_the_newest_of_several_categories_are_found_beyond_the_window(
    desk, window, carol, technology
):
    below = save_category(Category(name="网络", slug="net", parent=technology), None)
    rows = fill(20, carol, category=technology)
    Article.objects.filter(pk__in=[row.pk for row in rows[::3]]).update(category=below)
    response = desk.get(CHANGELIST, {"category": technology.pk})
    assert titles(response) == [f"第{n}篇" for n in (20, 19, 18, 17, 16)]
    assert response.context["cl"].is_capped


def test_a_person_in_charge_and_this_week(desk, shelf, chloe):
    assert listed(desk, assignee=chloe.pk) == ["丁", "丙"]
    assert "丁" in listed(desk, due="week")
    assert "乙" not in listed(desk, due="week")


def test_from_a_day_to_another(desk, shelf):
    today = timezone.localdate()
    old = (today - timedelta(days=20)).isoformat()
    assert listed(desk, since=old, until=old) == ["丙"]
    assert listed(desk, since=old) == ["乙", "丙"]
    assert listed(desk, until=(today - timedelta(days=1)).isoformat()) == ["丙"]
    # A bound that is blank is none.
    assert listed(desk, since="", until="", date="") == ["丁", "丙", "乙", "甲"]


def test_a_withheld_article_is_found(desk, shelf, mona):
    restrict(shelf["乙"], mona, "whole", reference="TS-1")
    assert listed(desk, withheld="yes") == ["乙"]
    assert listed(desk, withheld="no") == ["丁", "丙", "甲"]


@pytest.mark.parametrize(
    "query",
    [
        "status__exact=x", "category=x", "category=" + "9" * 30, "origin=x", "ai_label=x",
        "assignee=x", "date=x", "since=2026-13-01", "until=x", "since=9999-12-31", "nothing=1",
        "p=99",
    ],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_leads_back_to_the_list(desk, shelf, query):
    response = desk.get(f"{CHANGELIST}?{query}")
    if query == "p=99":  # One page shows all.
        assert len(titles(response)) == 4
    else:
        assert response["Location"] == f"{CHANGELIST}?e=1"


def test_filters_in_force_are_shown_and_can_be_taken_away(desk, shelf):
    query = {"status__exact": "draft", "assignee": "me", "q": "甲", "before": 10**9}
    response = desk.get(CHANGELIST, query)
    chips = {chip.value: chip.without for chip in response.context["cl"].chips}
    assert set(chips) == {"草稿", "我", "甲", "№ 1000000000"}
    # Whoever takes a filter away begins at the newest again.
    assert chips["草稿"] == "?assignee=me&q=%E7%94%B2"
    assert chips["甲"] == "?assignee=me&status__exact=draft"
    for without in chips.values():
        assert without.replace("&", "&amp;") in response.text


def test_statuses_with_their_counts_which_end_at_the_window(desk, window, carol):
    fill(7, carol)
    page = desk.get(CHANGELIST)
    counts = {value: count for value, _label, count in page.context["status_counts"]()}
    assert counts == {"draft": "5+", "scheduled": "0", "published": "0", "unpublished": "0"}
    assert "草稿（5+）" in page.text


def test_what_is_in_the_trash_is_neither_listed_nor_counted(desk, draft, chloe):
    trash(draft, chloe)
    response = desk.get(CHANGELIST)
    assert titles(response) == []
    assert response.context["status_counts"]()[0][2] == "0"
    assert listed(desk, q=draft.title) == []


# --- The window -------------------------------------------------------------------------------
def test_further_back_leads_a_link_and_no_page_is_past_the_window(desk, window, carol):
    fill(12, carol)
    seen, address = [], CHANGELIST
    for _step in range(4):
        response = desk.get(address)
        seen += titles(response)
        if not (back := response.context["cl"].further_back):
            break
        assert back.replace("&", "&amp;") in response.text
        address = CHANGELIST + back
    assert seen == [f"第{n}篇" for n in range(12, 0, -1)]


def test_pages_within_the_window(desk, carol):
    fill(120, carol)
    response = desk.get(f"{CHANGELIST}?p=3&assignee=nobody")
    assert titles(response) == [f"第{n}篇" for n in range(20, 0, -1)]
    assert "120篇稿件" in response.text
    assert "显示全部" in response.text
    assert len(listed(desk, all="")) == 120
    assert desk.get(f"{CHANGELIST}?p=4")["Location"] == f"{CHANGELIST}?e=1"


def test_the_queries_do_not_grow_with_the_rows(desk, shelf, carol, chloe):
    views = ({}, {"q": "甲 路由器", "status__exact": "draft", "category": "none", "tag": "路由器",
                  "byline": "问渠", "date": "30", "assignee": "me"})  # fmt: skip
    before = []
    desk.get(CHANGELIST)
    for query in views:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            desk.get(CHANGELIST, query)
        before.append(len(queries))
    assert max(before) <= 12, before
    fill(40, carol, assignee=chloe, due_on=timezone.localdate())
    for query, count in zip(views, before, strict=True):
        with CaptureQueriesContext(connection) as queries:
            desk.get(CHANGELIST, query)
        assert len(queries) <= count


# --- Sorting ----------------------------------------------------------------------------------
def test_sorting(desk, shelf):
    now = timezone.now()
    for number, (title, reads) in enumerate({"甲": 3, "乙": 9, "丙": 1, "丁": 5}.items()):
        Article.objects.filter(pk=shelf[title].pk).update(
            read_count=reads, updated_at=now - timedelta(hours=number)
        )
    assert "".join(listed(desk, o=f"-{READS}")) == "乙丁甲丙"
    assert "".join(listed(desk, o=f"{READS}")) == "丙甲丁乙"
    assert "".join(listed(desk, o=f"-{CHANGED}")) == "甲乙丙丁"
    assert "".join(listed(desk, o=f"{CHANGED}", status__exact="draft")) == "丁甲"
    assert "".join(listed(desk, o=f"-{CHANGED}", category="none")) == "丁"
    # Only what has a date is sorted by it; in a filtered list the others come last.
    assert "".join(listed(desk, o=f"-{DATE}")) == "乙丙"
    assert "".join(listed(desk, o=f"{DATE}")) == "丙乙"
    assert "".join(listed(desk, o=f"{DATE}", assignee="nobody")) == "乙"
    assert "".join(listed(desk, o=f"{DUE}")) == "丙甲丁"
    assert "".join(listed(desk, o=f"-{DUE}", withheld="no")) == "丁甲丙乙"
    assert "有此日期" in desk.get(CHANGELIST, {"o": DUE}).text


def test_sorting_by_reads_is_of_the_window_and_says_so(desk, window, carol):
    rows = fill(9, carol)
    Article.objects.filter(pk=rows[0].pk).update(read_count=99)
    Article.objects.filter(pk=rows[5].pk).update(read_count=50)
    response = desk.get(CHANGELIST, {"o": f"-{READS}"})
    assert titles(response)[0] == "第6篇"
    assert len(titles(response)) == 5
    assert "最新的1,000篇" in response.text
    assert response.context["cl"].further_back == ""


# --- Search -----------------------------------------------------------------------------------
def test_search_finds_every_status_and_leaks_none_to_readers(desk, carol, technology):
    stages = {}
    for stage in ("草稿", "定时", "公开", "撤下"):
        row = create_article(
            None, title=f"鼷鼠的{stage}", body="<p>正文。</p>", contributor=carol,
            category=technology,
        )  # fmt: skip
        if stage == "定时":
            row = schedule(row, None, timezone.now() + timedelta(days=3))
        elif stage != "草稿":
            row = publish(row, None)
        if stage == "撤下":
            row = unpublish(row, None)
        stages[stage] = row.pk
    index_articles(stages.values())
    assert len(listed(desk, q="鼷鼠")) == 4
    assert listed(desk, q="鼷鼠", status__exact="draft") == ["鼷鼠的草稿"]
    assert list(search("鼷鼠").numbers) == [stages["公开"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("無線 死角", True),
        ("死角怎么治", True),
        ("怎么治死角", False),
        ("路由器", True),  # a tag
        ("紙上行舟 无线", True),  # the byline, in the other script, and a word
        ("纸上行舟 有线", False),
        ("Wi", True),
        ("wifi7", True),
        ("ifi7", False),
        ("治", True),
        ("％ _", False),
        ("%", False),
        ("！！", False),
        ('" OR 1', False),
        ("  ", True),
        ("无线 " * 50, True),
    ],
)
def test_what_is_typed(desk, draft, query, found):
    revise(draft, None, {"title": "老房子的无线死角怎么治 WiFi7"})
    assert (len(listed(desk, q=query)) == 1) is found


def test_a_number_or_an_address(desk, article, carol):
    other = create_article(None, title=f"{article.pk}号", contributor=carol)
    for typed in (article.pk, f"/p/{article.pk}.html", f" https://x.example/p/{article.pk}.html?a"):
        assert listed(desk, q=str(typed)) == [article.title]
    # A number that no article has is a word.
    Article.objects.filter(pk=other.pk).update(title="2031计划")
    revise(other, None, {"title": "2031计划 二"})
    assert listed(desk, q="2031") == ["2031计划 二"]


def test_a_title_is_found_as_it_now_is(desk, draft):
    assert listed(desk, q="死角") == [draft.title]
    revise(draft, None, {"title": "弱电箱"})
    assert listed(desk, q="死角") == []
    assert listed(desk, q="弱电箱") == ["弱电箱"]
    number = draft.pk
    draft.restrictions.all().delete()
    Article.objects.get(pk=number).delete()
    assert not DeskTitle.objects.filter(pk=number).exists()
    assert listed(desk, q="弱电箱") == []


def test_titles_from_before_the_index_are_kept_by_the_worker(desk, carol):
    rows = fill(3, carol)
    assert listed(desk, q="第2篇") == []
    index_articles([row.pk for row in rows])
    assert listed(desk, q="第2篇") == ["第2篇"]
    forget_all()
    assert listed(desk, q="第2篇") == []
    index_articles([row.pk for row in rows])
    assert listed(desk, q="第2篇") == ["第2篇"]


def test_choosers_of_articles_search_the_same_way(desk, draft):
    ask = "/admin/autocomplete/?app_label=articles&model_name=topicarticle&field_name=article"
    found = desk.get(f"{ask}&term=死角").json()["results"]
    assert [row["text"] for row in found] == [draft.title]
    assert desk.get(f"{ask}&term=").json()["results"][0]["id"] == str(draft.pk)


def test_names_while_they_are_typed(desk, article):
    assert desk.get(f"{CHANGELIST}names/byline/?q=紙上").json() == {"names": ["纸上行舟"]}
    assert desk.get(f"{CHANGELIST}names/byline/?q=%20").json() == {"names": []}
    assert desk.get(f"{CHANGELIST}names/tag/?q=家庭").json() == {"names": ["家庭网络"]}


# --- How the database goes about it -----------------------------------------------------------
def plan_of(desk, query, *, is_strict=True):
    """Return how the database finds the window of a list; on PostgreSQL, where few rows would
    tempt it to read and sort them all, without that choice."""
    with CaptureQueriesContext(connection) as queries:
        titles(desk.get(CHANGELIST, query))
    statements = [q["sql"] for q in queries if "LIMIT 1001" in q["sql"]]
    window = next(sql for sql in statements if "count(*)" not in sql and "MAX(" not in sql)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for choice in ("seqscan", "bitmapscan", "sort"):
                is_off = is_strict or choice == "seqscan"
                cursor.execute(f"SET LOCAL enable_{choice} = {'off' if is_off else 'on'}")
            cursor.execute(f"EXPLAIN {window}")
            return "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute(f"EXPLAIN QUERY PLAN {window}")
        return "\n".join(row[3] for row in cursor.fetchall())


@pytest.fixture
def thousands(carol, technology, eddie):
    """Some thousands of articles, as a site has them: nearly all are public."""
    below = save_category(Category(name="网络", slug="net", parent=technology), None)
    wen = save_contributor(Contributor(name="问渠", slug="wen"), None)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        Article(
            title=f"第{n}篇", contributor=wen if n % 20 == 0 else carol,
            category=below if n % 9 == 0 else technology,
            status="draft" if n % 50 == 0 else "published",
            published_at=start + timedelta(minutes=n),
            origin="original" if n % 10 == 0 else "contributed",
            ai_label="none" if n % 7 else "generated",
            assignee=eddie if n % 25 == 0 else None,
            due_on=start.date() if n % 50 == 0 else None,
        )
        for n in range(3000)
    ]  # fmt: skip
    made = Article.objects.bulk_create(rows)
    tag = Tag.objects.create(name="常用", slug="common")
    others = Tag.objects.bulk_create([Tag(name=f"别的{n}", slug=f"o{n}") for n in range(99)])
    ArticleTag.objects.bulk_create(
        [ArticleTag(content_object=row, tag=[tag, *others][n % 100]) for n, row in enumerate(made)]
    )
    for row in made[:3]:
        Restriction.objects.create(article=row, scope="whole", reference="TS", since=start)
    index_articles([row.pk for row in made[:40]])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return below


PLANS = {
    "": "",
    "status__exact=draft": "article_desk_status",
    "status__exact=published": "article_desk_status",
    "byline=问渠": "contributor",
    "byline=纸上行舟": "",
    "origin=original": "article_desk_origin",
    "ai_label=generated": "article_desk_ai_label",
    "assignee=me": "article_of_assignee",
    "assignee=nobody": "",
    "due=overdue": "article_by_due_date",
    "date=7": "article_by_date",
    "since=2026-01-01&until=2026-01-02": "article_by_date",
    "withheld=no": "",
    f"o=-{DATE}": "article_by_date",
    f"o=-{CHANGED}": "article_by_change",
    f"o=-{CHANGED}&status__exact=draft": "article_by_",
    f"o={DUE}": "article_by_due_date",
    f"o=-{READS}": "",
}


@pytest.mark.parametrize(("query", "index"), PLANS.items())
def test_the_order_of_a_list_comes_from_an_index(desk, thousands, query, index):
    pairs = dict(part.split("=", 1) for part in query.split("&") if part)
    plan = plan_of(desk, pairs)
    steps = [step.strip(" ->") for step in plan.splitlines()]
    # Rows of the same moment are sorted by their number as they come: that is no sorting of all.
    assert not any(step.startswith(("Seq Scan", "Sort  (", "USE TEMP B-TREE")) for step in steps), (
        plan
    )
    # Of a few thousand rows PostgreSQL may rather walk through the numbers themselves.
    assert index in plan or "articles_article_pkey" in plan, plan


def test_what_is_looked_up_elsewhere_is_not_looked_for_in_all_articles(desk, thousands):
    """A tag, a search, a restriction, a category with others below it: the numbers come from an
    index of few rows, and at most these are sorted."""
    is_postgresql = connection.vendor == "postgresql"
    plans = {
        "tag=常用": "articles_articletag" if is_postgresql else "tag_on_the_desk",
        "q=第1": "article_desk_titles" if is_postgresql else "articles_desk_titles",
        "withheld=yes": "",
        f"category={thousands.parent_id}": "",
    }
    for query, index in plans.items():
        plan = plan_of(desk, dict([query.split("=")]), is_strict=False)
        lines = [line.strip(" ->") for line in plan.splitlines()]
        assert not any(line.startswith("Seq Scan on articles_article ") for line in lines), plan
        assert "SCAN articles_article" not in lines, plan
        assert index in plan, (query, plan)
