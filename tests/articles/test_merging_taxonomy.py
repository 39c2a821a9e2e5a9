"""Merging categories, tags and bylines: what moves, what is refused, and that nothing is lost."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from taggit.models import Tag

from articles.models import (
    Article,
    Category,
    Contributor,
    Engine,
    EnginePush,
    Redirect,
    SearchDocument,
    User,
)
from articles.search import owe
from articles.services import merging
from articles.services.contributors import closed_byline
from articles.services.merging import (
    lookalikes,
    merge_categories,
    merge_contributors,
    merge_tags,
    plan,
)
from articles.services.publishing import create_article, publish, revise
from articles.services.revisions import restore_revision
from articles.services.search import search
from articles.services.site import get_site
from articles.services.taxonomy import save_category, save_contributor
from submissions.models import Standing, Submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def life(db):
    return save_category(Category(name="生活", slug="life"), None)


@pytest.fixture
def other(db):
    return save_contributor(Contributor(name="纸上行船", slug="boat"), None)


def tag(name):
    return Tag.objects.get(name=name)


# --- Categories -------------------------------------------------------------------------------
def test_articles_and_what_stands_below_move(client, article, technology, life, chloe):
    below = save_category(Category(name="网络", slug="net", parent=technology), None)
    version = article.version
    assert merge_categories(technology, life, chloe) == 1
    article.refresh_from_db()
    below.refresh_from_db()
    assert (article.category, article.version) == (life, version + 1)
    assert below.parent == life
    assert not Category.objects.filter(pk=technology.pk).exists()
    assert [node.name for node in get_site().categories] == ["生活", "网络"]
    assert article.title in client.get("/category/life/").text
    assert SearchDocument.objects.filter(article_id=article.pk).exists()


def test_searching_in_the_target_finds_what_moved(article, technology, life, chloe):
    merge_categories(technology, life, chloe)
    assert list(search("无线死角", categories=[life.pk]).numbers) == [article.pk]


def test_old_addresses_lead_on_with_pages_and_feeds(client, article, technology, life, chloe):
    Redirect.objects.create(old_path="/older/", target="/category/tech/")
    Redirect.objects.create(old_path="/older.xml", target="/category/tech/feed/")
    Redirect.objects.create(old_path="/other/", target="/category/technics/")
    merge_categories(technology, life, chloe)
    for old, new in (
        ("/category/tech/", "/category/life/"),
        ("/category/tech/?page=2", "/category/life/"),
        ("/category/tech/feed/", "/category/life/feed/"),
        ("/category/tech/feed/atom/", "/category/life/feed/atom/"),
        ("/older/", "/category/life/"),
        ("/older.xml", "/category/life/feed/"),
    ):
        answer = client.get(old)
        assert (answer.status_code, answer["Location"]) == (301, new), old
    assert Redirect.objects.get(old_path="/other/").target == "/category/technics/"


def test_there_are_no_chains_and_no_circles(client, technology, life, chloe):
    third = save_category(Category(name="家", slug="home"), None)
    merge_categories(technology, life, chloe)
    merge_categories(life, third, chloe)
    assert client.get("/category/tech/")["Location"] == "/category/home/"
    third.slug = "tech"  # Back where everything began.
    save_category(third, chloe)
    assert client.get("/category/tech/").status_code == 200
    assert client.get("/category/home/")["Location"] == "/category/tech/"
    assert not Redirect.objects.filter(old_path="/category/tech/").exists()


def test_revisions_that_name_it_are_restored_into_the_target(
    article, technology, life, chloe, eddie
):
    old = article.history.first()
    third = save_category(Category(name="家", slug="home"), None)
    revise(article, eddie, {"category": third})
    merge_categories(technology, life, chloe)
    article.refresh_from_db()
    assert article.category == third
    assert restore_revision(article, chloe, old.history_id).category == life


def test_a_category_is_merged_into_its_own_child_without_a_loss(article, technology, chloe):
    below = save_category(Category(name="网络", slug="net", parent=technology), None)
    deepest = save_category(Category(name="无线", slug="wifi", parent=below), None)
    merge_categories(technology, deepest, chloe)
    below.refresh_from_db()
    deepest.refresh_from_db()
    article.refresh_from_db()
    assert (deepest.parent, below.parent, article.category) == (None, deepest, deepest)


def test_nothing_is_merged_into_itself(article, technology, chloe, carol):
    for merge, row in (
        (merge_categories, technology),
        (merge_tags, tag("路由器")),
        (merge_contributors, carol),
    ):
        with pytest.raises(ValidationError):
            merge(row, row, chloe)
        assert type(row).objects.filter(pk=row.pk).exists()


def test_who_may(article, technology, life, carol, other, eddie, mona, sam):
    for by in (eddie, mona, sam):
        for merge, one, two in (
            (merge_categories, technology, life),
            (merge_tags, tag("路由器"), tag("家庭网络")),
            (merge_contributors, other, carol),
        ):
            with pytest.raises(PermissionDenied):
                merge(one, two, by)
    assert (Category.objects.count(), Tag.objects.count(), Contributor.objects.count()) == (2, 2, 2)


def test_one_that_somebody_else_just_merged_is_gone(technology, life, chloe):
    merge_categories(technology, life, chloe)
    with pytest.raises(Category.DoesNotExist):
        merge_categories(technology, life, chloe)


def test_engines_are_told(technology, life, chloe, settings):
    settings.LOCAL_RUN, settings.INDEXNOW_KEY = False, "a" * 32
    merge_categories(technology, life, chloe)
    owed = EnginePush.objects.filter(engine=Engine.INDEXNOW).values_list("path", "is_removal")
    assert dict(owed) == {"/category/tech/": True, "/category/life/": False}


def test_drafts_of_contributors_follow(technology, life, chloe, carol):
    row = Submission.objects.create(
        account=carol.user, contributor=carol, title="稿", category=technology
    )
    assert [n for _label, n in plan(technology, life).moves] == [1]
    merge_categories(technology, life, chloe)
    row.refresh_from_db()
    assert row.category == life


def test_it_costs_no_more_for_many(
    technology, life, carol, chloe, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(merging, "index_soon", owe)  # The worker's queries are its own.
    for number in range(30):
        create_article(
            None, title=f"第{number}篇", body="<p>文</p>", contributor=carol, category=technology
        )
    # Whoever changes lists on PostgreSQL locks them first.
    with django_assert_max_num_queries(40 if connection.vendor == "sqlite" else 41):
        assert merge_categories(technology, life, chloe) == 30


# --- Tags -------------------------------------------------------------------------------------
def test_an_article_that_has_both_keeps_one_in_its_place(client, article, chloe):
    version = article.version
    assert merge_tags(tag("路由器"), tag("家庭网络"), chloe) == 1
    article.refresh_from_db()
    assert article.tag_names == ["家庭网络"]
    assert [link["name"] for link in article.tag_links] == ["家庭网络"]
    assert article.tag_items.count() == 1
    assert article.version == version + 1
    assert not Tag.objects.filter(name="路由器").exists()
    answer = client.get("/tag/路由器/")
    assert answer.status_code == 301
    assert client.get(answer["Location"]).status_code == 200


def test_tags_keep_their_order(carol, chloe):
    create_article(None, title="一", body="<p>文</p>", contributor=carol, tags=["乙"])
    two = create_article(None, title="二", body="<p>文</p>", contributor=carol, tags=["甲", "丙"])
    assert merge_tags(tag("甲"), tag("乙"), chloe) == 1
    two.refresh_from_db()
    assert two.tag_names == ["乙", "丙"]


def test_revisions_do_not_bring_the_old_tag_back(article, chloe, eddie):
    old = article.history.first()
    revise(article, eddie, {}, tags=["别的"])
    untouched = create_article(
        None, title="三", body="<p>文</p>", contributor=article.contributor, tags=["路由器大全"]
    )
    merge_tags(tag("路由器"), tag("别的"), chloe)
    back = restore_revision(article, chloe, old.history_id)
    assert back.tag_names == ["别的", "家庭网络"]
    assert not Tag.objects.filter(name="路由器").exists()
    assert untouched.history.first().tag_names == ["路由器大全"]


def test_drafts_that_name_a_tag_follow(article, carol, chloe):
    row = Submission.objects.create(
        account=carol.user, contributor=carol, title="稿", tag_names=["路由器", "水", "家庭网络"]
    )
    merge_tags(tag("路由器"), tag("家庭网络"), chloe)
    row.refresh_from_db()
    assert row.tag_names == ["家庭网络", "水"]


def test_tags_that_look_alike_are_suggested(db):
    first = Tag.objects.create(name="Linux", slug="linux")
    Tag.objects.create(name="路由器", slug="router")
    wide = Tag.objects.create(name="ＬＩＮＵＸ", slug="wide")
    han = Tag.objects.create(name="電腦", slug="pc")
    simple = Tag.objects.create(name="电脑", slug="pc2")
    assert lookalikes() == [(wide, first), (simple, han)]


# --- Bylines ----------------------------------------------------------------------------------
def test_articles_and_their_revisions_name_the_target(client, article, carol, other, chloe):
    old = article.history.first()
    carol.user.delete()
    carol.refresh_from_db()
    assert merge_contributors(carol, other, chloe) == 1
    article.refresh_from_db()
    assert article.contributor == other
    assert restore_revision(article, chloe, old.history_id).contributor == other
    assert client.get("/author/carol/")["Location"] == "/author/boat/"
    assert not Contributor.objects.filter(pk=carol.pk).exists()


def test_the_account_goes_with_it(carol, other, chloe):
    account = carol.user
    carol.bio = "爱写字"
    save_contributor(carol, None)
    merge_contributors(carol, other, chloe)
    other.refresh_from_db()
    assert (other.user, other.bio) == (account, "爱写字")
    assert User.objects.filter(pk=account.pk).exists()


def test_two_people_are_not_made_one(article, carol, sam, chloe):
    second = save_contributor(Contributor(name="山姆", slug="sam", user=sam), None)
    with pytest.raises(ValidationError):
        merge_contributors(carol, second, chloe)
    assert Article.objects.get().contributor == carol


def test_nobody_is_named_in_place_of_those_who_left(carol, chloe, client):
    shared = closed_byline()
    with pytest.raises(ValidationError):
        merge_contributors(shared, carol, chloe)
    assert Contributor.objects.filter(pk=shared.pk).exists()


def test_what_they_earned_and_sent_in_is_added_up(carol, other, chloe):
    row = Submission.objects.create(account=carol.user, contributor=carol, title="稿")
    Standing.objects.create(contributor=carol, accepted=2, needs_review=True)
    Standing.objects.create(contributor=other, accepted=3, declined=1)
    merge_contributors(carol, other, chloe)
    row.refresh_from_db()
    standing = Standing.objects.get()
    assert row.contributor == other
    assert (standing.contributor, standing.accepted, standing.declined) == (other, 5, 1)
    assert standing.needs_review


# --- The plan ---------------------------------------------------------------------------------
def test_the_plan_counts_and_changes_nothing(article, technology, life, carol, other):
    before = {model: model.objects.count() for model in (Category, Tag, Contributor, Redirect)}
    made = plan(technology, life)
    assert (made.old, made.new) == ("/category/tech/", "/category/life/")
    assert [n for _label, n in made.moves] == [1]
    assert [n for _label, n in plan(tag("路由器"), tag("家庭网络")).moves] == [1]
    assert [n for _label, n in plan(carol, other).moves] == [1, 1]
    with pytest.raises(ValidationError):
        plan(carol, carol)
    after = {model: model.objects.count() for model in before}
    assert after == before


# --- Renaming ---------------------------------------------------------------------------------
def test_a_renamed_address_leads_on(client, article, technology, carol):
    publish(article, None)
    technology.slug = "technics"
    save_category(technology, None)
    assert client.get("/category/tech/")["Location"] == "/category/technics/"
    assert client.get("/category/tech/feed/")["Location"] == "/category/technics/feed/"
    carol.slug = "paper-boat"
    save_contributor(carol, None)
    assert client.get("/author/carol/")["Location"] == "/author/paper-boat/"
    assert client.get("/author/paper-boat/").status_code == 200
