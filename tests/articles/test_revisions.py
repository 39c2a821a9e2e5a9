"""Naming, comparing and restoring an article's revisions."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from articles.models import Article, Category, Contributor, Status
from articles.services.audit import Verb, recent_changes
from articles.services.pictures import add_picture, delete_picture
from articles.services.publishing import create_article, revise
from articles.services.revisions import (
    Gone,
    as_restored,
    comparable,
    in_brief,
    lost_relations,
    name_newest,
    name_revision,
    restore_revision,
)
from articles.services.taxonomy import delete_contributor, save_category, save_contributor
from tests.articles.desk import png

pytestmark = pytest.mark.django_db


def newest(article):
    return article.history.order_by("-history_id").first()


# --- Names ------------------------------------------------------------------------------------
def test_a_revision_is_named_renamed_and_made_nameless(article, eddie):
    first = article.history.last()
    before = article.version
    for label, kept in (("  初稿\t一 ", "初稿 一"), ("初稿", "初稿"), ("", "")):
        name_revision(article, eddie, first.history_id, label)
        first.refresh_from_db()
        assert first.label == kept
    article.refresh_from_db()
    assert (article.version, article.history.count()) == (before, 2)
    name_newest(article, eddie, "上线稿")
    assert newest(article).label == "上线稿"


def test_who_may_not_name_and_what_is_no_name(article, draft, eddie, mona, sam, carol):
    number = newest(article).history_id
    for person in (sam, mona):
        with pytest.raises(PermissionDenied):
            name_revision(article, person, number, "名")
    with pytest.raises(ValidationError):
        name_revision(article, eddie, number, "长" * 61)
    other = create_article(None, title="另一篇", contributor=carol)
    with pytest.raises(article.history.model.DoesNotExist):
        name_revision(other, eddie, number, "名")
    assert newest(article).label == ""


# --- Restoring --------------------------------------------------------------------------------
@pytest.fixture
def rewritten(article, eddie, carol, technology):
    """An article all of whose fields were changed since its first revision was saved."""
    other = save_contributor(Contributor(name="后来的人"), None)
    away = save_category(Category(name="生活", slug="life"), None)
    return revise(
        article, eddie,
        {
            "title": "新题", "body": "<p>新文</p>", "excerpt": "新摘要", "category": away,
            "contributor": other, "cover": add_picture(eddie, png(), alt="新"),
            "origin": "reprinted", "source_name": "报", "source_url": "https://example.org/",
            "ai_label": "assisted", "featured": True, "sticky": True,
        },
        tags=["别的"],
    )  # fmt: skip


def test_all_that_an_editor_writes_comes_back_as_a_new_revision(rewritten, eddie, technology):
    first = rewritten.history.last()
    before = Article.objects.get(pk=rewritten.pk)
    back = restore_revision(rewritten, eddie, first.history_id, version=rewritten.version)
    back = Article.objects.get(pk=back.pk)
    assert (back.title, back.excerpt, back.cover) == ("老房子的无线死角怎么治", "", None)
    assert (back.category, back.contributor.slug) == (technology, "carol")
    assert (back.origin, back.source_name, back.source_url) == ("contributed", "", "")
    assert (back.ai_label, back.featured, back.sticky) == ("", False, False)
    assert "弱电箱" in back.prose
    assert back.tag_names == ["路由器", "家庭网络"]
    assert sorted(back.tags.names()) == ["家庭网络", "路由器"]
    assert (back.status, back.published_at) == (Status.PUBLISHED, before.published_at)
    assert back.version > before.version
    row = newest(back)
    assert (back.history.count(), row.history_user) == (4, eddie)
    assert row.restored_from == first.history_id
    assert "恢复" in row.history_change_reason
    assert recent_changes(eddie, 1)[0].verb == Verb.RESTORED


def test_a_cover_and_pictures_come_back(draft, eddie):
    cover, inside = add_picture(eddie, png(), alt="封面"), add_picture(eddie, png("b.png"))
    with_both = revise(
        draft, eddie, {"cover": cover, "body": f'<p>图</p><img src="{inside.url}" alt="">'}
    )
    number = newest(with_both).history_id
    revise(draft, eddie, {"cover": None, "body": "<p>无图</p>"})
    back = restore_revision(draft, eddie, number)
    assert back.cover == cover
    assert [use.picture for use in back.picture_uses.all()] == [inside]


def test_a_revision_of_another_article_is_not_restored(article, carol):
    other = create_article(None, title="另一篇", body="<p>x</p>", contributor=carol)
    with pytest.raises(article.history.model.DoesNotExist):
        restore_revision(article, None, other.history.earliest().history_id)


def test_who_may_not_restore(article, sam, mona):
    for person in (sam, mona):
        with pytest.raises(PermissionDenied):
            restore_revision(article, person, article.history.last().history_id)


def test_what_was_changed_meanwhile_is_not_written_over(rewritten, eddie, chloe):
    seen = rewritten.version
    revise(rewritten, chloe, {"title": "更新的题"})
    with pytest.raises(ValidationError) as refused:
        restore_revision(rewritten, eddie, rewritten.history.last().history_id, version=seen)
    assert refused.value.code == "stale"
    rewritten.refresh_from_db()
    assert rewritten.title == "更新的题"


def test_a_public_article_is_not_emptied(article, eddie, carol):
    empty = create_article(eddie, title="空", contributor=carol)
    article.history.filter(history_id=article.history.last().history_id).update(body="")
    with pytest.raises(ValidationError):
        restore_revision(article, eddie, article.history.last().history_id)
    article.refresh_from_db()
    assert "弱电箱" in article.body
    restore_revision(empty, eddie, newest(empty).history_id)


def test_a_deleted_byline_category_or_cover_does_not_hinder_restoring(rewritten, eddie, chloe):
    number = newest(rewritten).history_id
    old = rewritten.history.last()
    cover = rewritten.cover
    restore_revision(rewritten, eddie, old.history_id)
    delete_contributor(Contributor.objects.get(name="后来的人"), None)
    Category.objects.get(slug="life").delete()
    delete_picture(cover, None)
    lost = ["contributor_id", "category_id", "cover_id"]
    assert lost_relations(rewritten.history.get(history_id=number)) == lost
    back = restore_revision(rewritten, eddie, number)
    assert (back.title, back.excerpt) == ("新题", "新摘要")
    assert (back.contributor.slug, back.category.slug, back.cover) == ("carol", "tech", None)


# --- Comparing --------------------------------------------------------------------------------
def test_every_field_is_compared_with_the_rows_it_names(
    rewritten, eddie, technology, django_assert_max_num_queries
):
    rows = list(rewritten.history.order_by("history_id"))
    with django_assert_max_num_queries(3):
        old, _public, new = comparable(rows).texts
    changed = {name for name in new.fields if new.fields[name] != old.fields[name]}
    assert changed == new.fields.keys()
    assert (old.fields["category"], new.fields["category"].name) == (technology, "生活")
    assert (old.fields["cover"], new.fields["cover"]) == (None, rewritten.cover)
    assert new.fields["tag_names"] == ["别的"]
    as_it_stands = comparable([Article.objects.get(pk=rewritten.pk)]).texts[0]
    assert as_it_stands == new


def test_what_a_revision_names_may_be_gone(rewritten, eddie):
    number = newest(rewritten).history_id
    restore_revision(rewritten, eddie, rewritten.history.last().history_id)
    gone = Contributor.objects.get(name="后来的人")
    delete_contributor(gone, None)
    [text] = comparable([rewritten.history.get(history_id=number)]).texts
    assert text.fields["contributor"].number
    assert isinstance(text.fields["contributor"], Gone)


def test_what_would_stand_is_what_will_stand(rewritten, eddie):
    first = rewritten.history.last()
    article = Article.objects.get(pk=rewritten.pk)
    would_be = as_restored(article, first, ["category_id"])
    assert would_be.category_id == article.category_id
    would_be = as_restored(article, first, [])
    back = restore_revision(rewritten, eddie, first.history_id)
    assert comparable([would_be]).texts == comparable([back]).texts
    assert article.title == "新题"


def test_in_brief(rewritten):
    first, public, last = rewritten.history.order_by("history_id")
    assert in_brief(first, public).fields == ["status", "published_at"]
    brief = in_brief(public, last)
    assert brief.fields == [
        "title", "category", "tag_names", "contributor", "excerpt", "cover", "origin",
        "source_name", "source_url", "ai_label", "featured", "sticky",
    ]  # fmt: skip
    # 新 stood in the old text too.
    assert (brief.text, brief.came) == (True, 1)
    assert brief.went > 40
