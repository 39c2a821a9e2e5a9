from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from articles.models import Article, Origin, Picture, Status, User
from articles.services.publishing import (
    create_article,
    publish,
    publish_due,
    revise,
    schedule,
    unpublish,
)


def test_a_new_article_is_a_draft_with_its_parts_derived(draft: Article) -> None:
    draft.refresh_from_db()
    assert draft.status == Status.DRAFT
    assert draft.public_at is None
    assert [entry["no"] for entry in draft.toc] == ["一、", "二、"]
    assert draft.summary.startswith("我家是九十年代的砖混房")
    assert draft.characters > 40
    assert draft.tag_names == ["路由器", "家庭网络"]
    assert [link["name"] for link in draft.tag_links] == ["路由器", "家庭网络"]
    assert draft.history.count() == 1


def test_publishing_makes_it_visible_and_keeps_who_and_when(draft: Article, eddie: User) -> None:
    shown = publish(draft, eddie, note="好文")
    assert list(Article.objects.visible()) == [shown]
    last = shown.history.latest()
    assert (last.history_user, last.history_change_reason, last.status) == (
        eddie, "好文", Status.PUBLISHED,
    )  # fmt: skip


def test_an_earlier_date_is_kept_and_a_later_one_is_not(draft: Article) -> None:
    date = timezone.now() - timedelta(days=400)
    revise(draft, None, {"published_at": date})
    assert publish(draft, None).published_at == date
    unpublish(draft, None)
    revise(draft, None, {"published_at": timezone.now() + timedelta(days=3)})
    assert publish(draft, None).published_at <= timezone.now()


def test_a_scheduled_article_is_visible_when_its_time_has_come_without_any_worker(
    draft: Article, time_machine: object
) -> None:
    at = timezone.now() + timedelta(hours=2)
    schedule(draft, None, at)
    assert not Article.objects.visible().exists()
    assert Article.objects.visible(at).exists()
    time_machine.move_to(at + timedelta(seconds=1))
    assert Article.objects.visible().exists()
    assert Article.objects.get().status == Status.SCHEDULED
    assert publish_due() == 1
    assert publish_due() == 0
    assert Article.objects.get().status == Status.PUBLISHED


def test_a_moment_that_is_past_cannot_be_scheduled(draft: Article) -> None:
    with pytest.raises(ValidationError, match="未来"):
        schedule(draft, None, timezone.now() - timedelta(seconds=1))


def test_withdrawing_hides_and_publishing_again_keeps_the_date(article: Article) -> None:
    date = article.published_at
    gone = unpublish(article, None)
    assert gone.status == Status.UNPUBLISHED
    assert not Article.objects.visible().exists()
    assert publish(gone, None).published_at == date


def test_withdrawing_a_draft_changes_nothing(draft: Article) -> None:
    assert unpublish(draft, None).status == Status.DRAFT
    assert draft.history.count() == 1


def test_an_empty_text_is_not_published(draft: Article) -> None:
    revise(draft, None, {"body": "<p> </p>"})
    with pytest.raises(ValidationError, match="正文"):
        publish(draft, None)


def test_a_reprint_names_its_source(draft: Article) -> None:
    revise(draft, None, {"origin": Origin.REPRINTED})
    with pytest.raises(ValidationError, match="出处"):
        publish(draft, None)
    revise(draft, None, {"source_url": "https://example.com/a"})
    assert publish(draft, None).status == Status.PUBLISHED


def test_whoever_writes_it_the_text_is_cleaned(draft: Article) -> None:
    changed = revise(
        draft, None, {"body": "<p onclick=x>甲<script>1</script></p>", "title": "乙\x00"}
    )
    assert changed.body == "<p>甲</p>"
    assert changed.title == "乙"


def test_fields_that_are_not_the_writers_are_refused(draft: Article) -> None:
    with pytest.raises(TypeError, match="status"):
        revise(draft, None, {"status": "published"})


def test_a_title_is_needed_and_bounded(carol: object) -> None:
    for title in ("", "  ", "长" * 201):
        with pytest.raises(ValidationError):
            create_article(None, title=title, contributor=carol)


@pytest.mark.parametrize("act", ["create", "revise", "publish", "schedule", "unpublish"])
def test_refusals(act: str, draft: Article, sam: User, mona: User) -> None:
    later = timezone.now() + timedelta(days=1)
    acts = {
        "create": lambda by: create_article(by, title="x", contributor=draft.contributor),
        "revise": lambda by: revise(draft, by, {"title": "x"}),
        "publish": lambda by: publish(draft, by),
        "schedule": lambda by: schedule(draft, by, later),
        "unpublish": lambda by: unpublish(draft, by),
    }
    for person in (sam, mona):
        with pytest.raises(PermissionDenied):
            acts[act](person)


def test_the_database_refuses_what_forms_would(draft: Article) -> None:
    bad = [{"title": ""}, {"status": "gone"}, {"origin": "stolen"}, {"ai_label": "x"},
           {"status": "published", "published_at": None}]  # fmt: skip
    for values in bad:
        with pytest.raises(IntegrityError), transaction.atomic():
            Article.objects.filter(pk=draft.pk).update(**values)


def test_greetings_that_open_many_articles_are_no_excerpt(carol: object) -> None:
    greeting = "小伙伴们大家好，今天和大家聊聊。"
    for number in range(5):
        last = create_article(
            None, title=f"第{number}篇", contributor=carol,
            body=f"<p>{greeting}第{number}件事是这样的。</p>",
        )  # fmt: skip
    assert last.summary == "第4件事是这样的。"


def test_pictures_of_a_text_are_known(article: Article) -> None:
    key = "a" * 24
    picture = Picture.objects.create(key=key, file="full.webp", width=10, height=10, sha256="x")
    revise(article, None, {"body": f'<p><img src="{picture.url}" alt=""></p>'})
    assert [use.picture for use in article.picture_uses.all()] == [picture]
    revise(article, None, {"body": "<p>无图</p>"})
    assert not article.picture_uses.exists()


def test_a_public_article_keeps_what_a_public_one_needs(article: Article) -> None:
    with pytest.raises(ValidationError):
        revise(article, None, {"body": "<p> </p>"})
    article.refresh_from_db()
    assert article.body


def test_a_tag_of_signs_alone_has_an_address(article: Article, client: Client) -> None:
    tagged = revise(article, None, {}, tags=["？", "！", "C++"])
    slugs = [link["slug"] for link in tagged.tag_links]
    assert slugs == ["tag", "tag-2", "c"]
    assert client.get(article.get_absolute_url()).status_code == 200
    assert client.get("/tag/tag-2/").status_code == 200
