"""Who stands on a picture, and what is deleted."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import connections
from django.utils import timezone

from articles.models import Article, Autosave, Page, Picture, Scope, Topic
from articles.services.library import (
    SETTLES,
    USES_SHOWN,
    count_revisions,
    count_uses,
    is_used,
    own_descriptions,
    same_file,
    search,
    sources,
    unused,
    used_as,
    uses_of,
    why_kept,
)
from articles.services.pictures import add_picture, delete_picture, describe_picture
from articles.services.publishing import create_article, publish, revise
from articles.services.replacing import replace_picture
from articles.services.restrictions import lift, restrict
from articles.services.taxonomy import save_contributor, save_page, save_topic
from moderation.models import CaseItem
from submissions.models import State, Submission
from submissions.services.drafting import begin, begin_again, delete_draft, save_draft
from tests.articles.test_pictures import upload
from tests.moderation.making import under_review

pytestmark = pytest.mark.django_db


def old_picture(alt="", colour=(200, 30, 30), by=None, name="photo.png"):
    picture = add_picture(by, upload(colour, name=name), alt=alt)
    Picture.objects.filter(pk=picture.pk).update(created_at=timezone.now() - SETTLES)
    picture.refresh_from_db()
    return picture


@pytest.fixture
def picture(db):
    return old_picture("海")


def image(picture, alt=None):
    said = "" if alt is None else f' alt="{alt}"'
    return f'<p>前文</p><figure><img src="{picture.url}"{said}></figure>'


def article_with(carol, title="有图", **fields):
    fields = {"body": "<p>文</p>", **fields}
    return create_article(None, title=title, contributor=carol, **fields)


def kinds(picture):
    return {source.code: [use.title for use in uses] for source, uses in uses_of(picture)}


# --- Who shows it -----------------------------------------------------------------------------
def in_text(picture, carol):
    article_with(carol, body=image(picture))


def as_cover(picture, carol):
    article_with(carol, cover=picture)


def in_topic(picture, carol):
    save_topic(Topic(title="有图", cover=picture), None)


def as_portrait(picture, carol):
    carol.avatar = picture
    carol.name = "有图"
    save_contributor(carol, None)


def on_page(picture, carol):
    save_page(Page(title="有图", body=image(picture)), None)


def in_form(picture, carol):
    Autosave.objects.create(user=carol.user, form_key="1", fields={"body": image(picture)})


def in_form_as_cover(picture, carol):
    Autosave.objects.create(
        user=carol.user, form_key="1", fields={"cover_choice": str(picture.pk), "body": ""}
    )


def in_measure(picture, carol):
    article = article_with(carol, body=image(picture))
    measure = restrict(article, None, Scope.IMAGE, reference="TS-2026-000001", picture=picture)
    lift(measure, None)
    revise(article, None, {"body": "<p>无图</p>"})


def in_submission(picture, carol):
    draft = begin(carol.user)
    save_draft(draft, carol.user, {"title": "有图", "body": image(picture)}, version=draft.version)
    Submission.objects.update(
        state=State.PENDING, submitted_at=timezone.now(), due_at=timezone.now()
    )


def as_submissions_cover(picture, carol):
    draft = begin(carol.user)
    save_draft(draft, carol.user, {"title": "有图", "cover": picture}, version=draft.version)


PLACES = [
    (in_text, "text"), (as_cover, "cover"), (in_topic, "topic"), (as_portrait, "portrait"),
    (on_page, "page"), (in_form, "form"), (in_form_as_cover, "form"), (in_measure, "measure"),
    (in_submission, "submission"), (as_submissions_cover, "submission"),
]  # fmt: skip


@pytest.mark.parametrize(("use", "code"), PLACES, ids=[use.__name__ for use, _code in PLACES])
def test_whatever_shows_a_picture_is_found_and_keeps_it(picture, carol, chloe, use, code):
    other = old_picture("湖", (1, 2, 3))
    use(picture, carol)
    assert list(kinds(picture)) == [code]
    if code not in {"form", "submission"}:
        assert kinds(picture) == {code: ["有图"]}
    assert count_uses([picture, other]) == {picture.pk: {code: 1}}
    assert list(Picture.objects.filter(used_as(code))) == [picture]
    assert list(Picture.objects.filter(unused())) == [other]
    assert is_used(picture)
    assert not is_used(other)
    with pytest.raises(ValidationError, match="使用中"):
        delete_picture(picture, chloe)
    delete_picture(other, chloe)
    assert list(Picture.objects.all()) == [picture]


def test_a_draft_of_a_contributors_is_not_named(picture, carol):
    as_submissions_cover(picture, carol)
    [(_source, [use])] = uses_of(picture)
    assert "有图" not in use.title
    assert use.row is None


def test_a_case_keeps_its_picture_and_says_no_more(picture, carol, chloe):
    article = publish(article_with(carol, body=image(picture)), None)
    case = under_review(article)
    CaseItem.objects.filter(case=case).update(scope=Scope.IMAGE, picture=picture)
    revise(article, None, {"body": "<p>无图</p>"})
    [(source, [use])] = uses_of(picture)
    assert (source.code, use.title, use.row) == ("case", "", case)
    assert source.is_record
    assert list(Picture.objects.filter(unused())) == []
    with pytest.raises(ValidationError, match="案件"):
        delete_picture(picture, chloe)
    with pytest.raises(ValidationError, match="另一张"):
        replace_picture(picture, None, upload((7, 7, 7)))


def test_counting_costs_the_same_for_many(picture, carol, django_assert_max_num_queries):
    rows = [picture, *(old_picture(str(n), (n, n, n)) for n in range(5))]
    for row in rows:
        in_text(row, carol)
        as_cover(row, carol)
    with django_assert_max_num_queries(len(sources())):
        found = count_uses(rows)
    assert found == {row.pk: {"text": 1, "cover": 1} for row in rows}


def test_of_very_many_uses_the_newest_are_shown(picture, carol):
    article_with(carol, title="最早", cover=picture)
    number = Article.objects.get().pk
    Article.objects.bulk_create(
        Article(title=str(n), contributor=carol, cover=picture) for n in range(USES_SHOWN)
    )
    [(_source, uses)] = uses_of(picture)
    assert len(uses) == USES_SHOWN
    assert number not in {use.row.pk for use in uses}
    assert count_uses([picture])[picture.pk] == {"cover": USES_SHOWN + 1}


def test_which_texts_describe_it_themselves(picture, carol):
    plain = article_with(carol, body=image(picture))
    same = article_with(carol, body=image(picture, "海"))
    own = article_with(carol, body=image(picture, "傍晚的海"))
    ornament = article_with(carol, body=image(picture, ""))
    assert own_descriptions(picture) == {own.pk: "傍晚的海", ornament.pk: ""}
    assert plain.pk != same.pk


def test_revisions_that_show_it_are_counted(picture, carol):
    assert count_revisions(picture) == (0, 0)
    article = article_with(carol, body=image(picture))
    revise(article, None, {"body": "<p>无图</p>"})
    revise(article, None, {"cover": picture})
    assert count_revisions(picture) == (2, 3)
    Article.history.update(history_date=picture.created_at - timedelta(days=1))
    assert count_revisions(picture) == (0, 0)


def test_the_same_file_of_somebody_else(picture, eddie):
    again = add_picture(eddie, upload())
    assert same_file(picture) == [again]
    assert same_file(again) == [picture]
    assert same_file(old_picture("湖", (1, 2, 3))) == []


# --- Finding ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("海", [0]), ("大 海", [0]), ("臺灣", [1]), ("台湾", [1]), ("IMG_2041", [2]),
        ("img 2041.JPG", [2]), ("没有", []), ("。", []), ("", [2, 1, 0]), ("  ", [2, 1, 0]),
    ],
)  # fmt: skip
def test_words_find_it_in_either_script(db, term, found):
    rows = [
        old_picture("傍晚的大海", (1, 1, 1)),
        old_picture("臺灣的山", (2, 2, 2)),
        old_picture("", (3, 3, 3), name="IMG_2041.jpg"),
    ]
    assert list(search(Picture.objects.order_by("-pk"), term)) == [rows[n] for n in found]


def test_number_key_and_address_find_it(picture):
    other = old_picture(f"第{picture.pk}张", (1, 2, 3))
    everything = Picture.objects.all()
    for term in (str(picture.pk), f"#{picture.pk}", picture.key, picture.url):
        assert list(search(everything, term)) == [picture], term
    assert list(search(everything, "第")) == [other]
    assert list(search(everything, "9" * 30)) == []


def test_a_new_description_is_found(picture, eddie):
    describe_picture(picture, eddie, "湖边")
    assert list(search(Picture.objects.all(), "湖边")) == [picture]
    assert list(search(Picture.objects.all(), "海")) == []


# --- What is left of submissions --------------------------------------------------------------
def test_what_was_sent_keeps_its_pictures_when_the_text_drops_them(picture, carol):
    draft = begin(carol.user)
    draft = save_draft(draft, carol.user, {"body": image(picture)}, version=draft.version)
    save_draft(draft, carol.user, {"body": "<p>无</p>"}, version=draft.version)
    assert not is_used(picture)
    draft.refresh_from_db()
    draft.versions.create(number=1, title="题", body=image(picture), fields={"cover": None})
    cover = old_picture("封面", (1, 2, 3))
    draft.versions.create(number=2, title="题", body="", fields={"cover": cover.pk})
    draft = save_draft(
        draft, carol.user, {"body": image(picture), "cover": cover}, version=draft.version
    )
    save_draft(draft, carol.user, {"body": "<p>无</p>", "cover": None}, version=draft.version)
    assert is_used(picture)
    assert is_used(cover)


def test_a_draft_that_is_thrown_away_keeps_nothing(picture, carol):
    as_submissions_cover(picture, carol)
    delete_draft(Submission.objects.get(), carol.user)
    assert not is_used(picture)


def test_a_text_that_is_begun_again_keeps_its_pictures(picture, carol):
    in_submission(picture, carol)
    Submission.objects.update(state=State.DECLINED)
    begin_again(Submission.objects.get(), carol.user)
    assert count_uses([picture]) == {picture.pk: {"submission": 2}}


# --- Deletion ---------------------------------------------------------------------------------
def test_what_is_new_may_belong_to_somebodys_open_form(eddie, chloe):
    picture = add_picture(eddie, upload())
    assert "不到一天" in why_kept(picture, chloe)
    assert not why_kept(picture, None)
    with pytest.raises(ValidationError, match="不到一天"):
        delete_picture(picture, chloe)
    assert not Picture.objects.filter(unused()).exists()
    own = add_picture(chloe, upload((1, 2, 3)))
    delete_picture(own, chloe)
    Picture.objects.update(created_at=timezone.now() - SETTLES)
    delete_picture(picture, chloe)
    assert not Picture.objects.exists()


def at_once(*jobs):
    """Run jobs at the same moment; return the numbers of those that were refused."""
    together = Barrier(len(jobs))

    def work(number):
        together.wait()
        try:
            jobs[number]()
        except ValidationError:
            return number
        finally:
            connections.close_all()
        return None

    with ThreadPoolExecutor(len(jobs)) as pool:
        found = list(pool.map(work, range(len(jobs))))
    return [number for number in found if number is not None]


@pytest.mark.django_db(transaction=True)
def test_an_article_that_takes_a_picture_up_while_it_is_deleted_never_lacks_it(carol, roles):
    """Whoever comes second gives way: the deletion is refused, or the article is, and none is
    ever left with a picture whose files are gone."""
    for number in range(6):
        picture = old_picture(str(number), (number, 9, 9))
        text = {"title": "新", "body": image(picture), "cover": picture}
        refused = at_once(
            partial(article_with, carol, **text), partial(delete_picture, picture, None)
        )
        assert len(refused) == 1
        is_there = Picture.objects.filter(pk=picture.pk).exists()
        assert is_there == (refused == [1])
        assert Article.objects.filter(cover_id=picture.pk).exists() == is_there
        Article.objects.all().delete()


def test_a_description_does_not_write_over_another(picture, eddie):
    describe_picture(picture, eddie, "湖", instead_of="海")
    with pytest.raises(ValidationError, match="湖"):
        describe_picture(picture, eddie, "河", instead_of="海")
    describe_picture(picture, eddie, "湖", instead_of="海")
    assert Picture.objects.get().alt == "湖"


def test_a_file_of_another_kind_is_no_picture(eddie):
    with pytest.raises(ValidationError):
        add_picture(eddie, ContentFile(b"%PDF-1.7", name="a.pdf"))
