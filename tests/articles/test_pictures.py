import os
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages
from django.db import connections, transaction
from django.template import Context, Template
from django.utils import timezone
from PIL import Image

from articles.html import picture_key
from articles.models import Contributor, Picture, Scope, Topic
from articles.services import pictures
from articles.services.library import SETTLES
from articles.services.pictures import (
    add_picture,
    delete_picture,
    describe_picture,
    place_all_files,
    place_files,
    render_picture,
)
from articles.services.publishing import create_article, revise
from articles.services.restrictions import lift, restrict
from articles.services.taxonomy import save_contributor, save_topic


def upload(colour=(200, 30, 30), size=(60, 40), name="photo.png"):
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return ContentFile(buffer.getvalue(), name=name)


def names(alias, picture):
    try:
        return sorted(storages[alias].listdir(picture.folder)[1])
    except FileNotFoundError:
        return []


def crops(picture):
    picture.refresh_from_db()
    return {item["crop"] for item in picture.renditions}


def byline():
    known = Contributor.objects.filter(slug="carol").first()
    return known or save_contributor(Contributor(name="纸上行舟", slug="carol"), None)


def showing(picture):
    body = f'<p>前文</p><figure><img src="{picture.url}"></figure>'
    return create_article(None, title="有图", body=body, contributor=byline())


def covered(picture):
    return create_article(
        None, title="有封面", body="<p>文</p>", cover=picture, contributor=byline()
    )


@pytest.fixture
def picture(db):
    return add_picture(None, upload())


FILES = ["full-60.avif", "full-60.webp", "original.jpg"]


# --- Adding -----------------------------------------------------------------------------------
def test_a_picture_is_stored_and_rendered(eddie):
    picture = add_picture(eddie, upload(name="海.png"), alt="  海\x00 边 ")
    picture.refresh_from_db()
    assert (picture.width, picture.height, picture.name) == (60, 40, "海.png")
    assert (picture.alt, picture.uploaded_by) == ("海 边", eddie)
    assert picture_key(picture.url) == picture.key
    assert names("default", picture) == FILES
    assert names("private", picture) == []
    assert [(i["crop"], i["format"], i["width"], i["height"]) for i in picture.renditions] == [
        ("full", "image/avif", 60, 40),
        ("full", "image/webp", 60, 40),
    ]
    assert picture.renditions[0]["file"] == f"{picture.folder}/full-60.avif"
    assert picture.size == storages["default"].size(f"{picture.folder}/original.jpg")


def test_a_withheld_file_cannot_be_sent_again(picture):
    article = showing(picture)
    measure = restrict(article, None, Scope.IMAGE, reference="TS-2026-000001", picture=picture)
    with pytest.raises(ValidationError, match="权利人"):
        add_picture(None, upload(), alt="换个说明")
    lift(measure, None)
    assert add_picture(None, upload(), alt="换个说明").pk


def test_who_may_not(sam, mona):
    for who in (sam, mona):
        with pytest.raises(PermissionDenied):
            add_picture(who, upload())
    assert not Picture.objects.exists()


def test_the_same_bytes_from_the_same_person_are_one_picture(eddie, chloe):
    first = add_picture(eddie, upload(), alt="海")
    assert add_picture(eddie, upload()) == first
    assert add_picture(eddie, upload(), alt="海") == first
    assert add_picture(eddie, upload(), alt="湖") != first
    assert add_picture(chloe, upload()) != first
    assert add_picture(eddie, upload(colour=(1, 2, 3))) != first


def test_a_refused_upload_leaves_nothing(eddie):
    with pytest.raises(ValidationError):
        add_picture(eddie, ContentFile(b"no picture", name="a.jpg"))
    assert not Picture.objects.exists()


def test_a_failure_leaves_no_file(eddie, monkeypatch, settings):
    class Broken:
        def enqueue(self, pk):
            raise RuntimeError

    monkeypatch.setattr(pictures, "render_picture", Broken())
    with pytest.raises(RuntimeError):
        add_picture(eddie, upload())
    assert not Picture.objects.exists()
    assert [f for _path, _folders, files in os.walk(settings.MEDIA_ROOT) for f in files] == []


# --- Renditions -------------------------------------------------------------------------------
def test_a_cover_gets_its_crops(picture):
    assert crops(picture) == {"full"}
    article = covered(picture)
    assert crops(picture) == {"full", "small", "wide"}
    other = add_picture(None, upload((1, 2, 3)))
    revise(article, None, {"cover": other})
    assert crops(other) == {"full", "small", "wide"}


def test_a_topics_cover_gets_its_crops(picture):
    save_topic(Topic(title="专题", cover=picture), None)
    assert crops(picture) == {"full", "small", "wide"}


def test_crops_that_are_there_are_not_owed_again(picture, monkeypatch):
    article = covered(picture)
    monkeypatch.setattr(pictures, "render_picture", None)
    article.refresh_from_db()
    revise(article, None, {"title": "新题"})


def test_texts_follow_when_renditions_are_made(picture):
    Picture.objects.update(renditions=[])
    article = showing(picture)
    assert "srcset" not in article.prose
    render_picture.call(picture.pk)
    article.refresh_from_db()
    assert f"/media/{picture.folder}/full-60.avif 60w" in article.prose


def test_rendering_twice_changes_nothing(picture):
    render_picture.call(picture.pk)
    before = Picture.objects.values().get()
    Picture.objects.update(renditions=[])
    render_picture.call(picture.pk)
    assert Picture.objects.values().get() == before
    assert names("default", picture) == FILES


def test_a_half_written_file_is_written_anew(picture):
    path = storages["default"].path(f"{picture.folder}/full-60.webp")
    with open(path, "r+b") as file:
        file.truncate(5)
    Picture.objects.update(renditions=[])
    render_picture.call(picture.pk)
    with Image.open(path) as image:
        image.load()
    assert names("default", picture) == FILES


def test_rendering_a_picture_that_is_gone_leaves_no_files(picture, monkeypatch):
    real = pictures.renditions

    def delete_meanwhile(*args):
        Picture.objects.all().delete()
        yield from real(*args)

    monkeypatch.setattr(pictures, "renditions", delete_meanwhile)
    Picture.objects.update(renditions=[])
    render_picture.call(picture.pk)
    assert names("default", picture) == []
    render_picture.call(picture.pk)


def test_a_picture_withheld_while_it_is_rendered_ends_private(picture, monkeypatch):
    real = pictures.renditions

    def withhold_meanwhile(*args):
        Picture.objects.update(is_withheld=True)
        yield from real(*args)

    monkeypatch.setattr(pictures, "renditions", withhold_meanwhile)
    Picture.objects.update(renditions=[])
    render_picture.call(picture.pk)
    assert names("default", picture) == []
    assert names("private", picture) == FILES


# --- Withholding ------------------------------------------------------------------------------
def withhold(article, picture, reference="TS-2026-000001"):
    return restrict(article, None, Scope.IMAGE, reference=reference, picture=picture)


def test_a_measure_takes_the_picture_from_every_text_and_its_files_out_of_reach(picture):
    one, two = showing(picture), showing(picture)
    measure = withhold(one, picture)
    for article in (one, two):
        article.refresh_from_db()
        assert picture.key not in article.prose
        assert "withheld" in article.prose
    picture.refresh_from_db()
    assert picture.is_withheld
    assert names("default", picture) == []
    assert names("private", picture) == FILES

    lift(measure, None)
    for article in (one, two):
        article.refresh_from_db()
        assert picture.key in article.prose
    picture.refresh_from_db()
    assert not picture.is_withheld
    assert names("default", picture) == FILES
    assert names("private", picture) == []


def test_it_stays_withheld_while_one_measure_is_left(picture):
    first = withhold(showing(picture), picture)
    second = withhold(showing(picture), picture, "TS-2026-000002")
    lift(first, None)
    picture.refresh_from_db()
    assert picture.is_withheld
    lift(second, None)
    picture.refresh_from_db()
    assert not picture.is_withheld


def test_crops_made_while_withheld_are_private(picture):
    withhold(showing(picture), picture)
    covered(Picture.objects.get())
    assert crops(picture) == {"full", "small", "wide"}
    assert names("default", picture) == []
    assert len(names("private", picture)) == 7


class NoTask:
    def enqueue(self, pk):
        pass


def test_files_move_on_commit_without_any_worker(
    picture, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(pictures, "place_files", NoTask())
    with django_capture_on_commit_callbacks(execute=True):
        withhold(showing(picture), picture)
        assert names("default", picture) == FILES
    assert names("default", picture) == []
    assert names("private", picture) == FILES


def test_a_move_that_fails_is_made_good(picture, monkeypatch, django_capture_on_commit_callbacks):
    real, calls = FileSystemStorage.delete, []

    def fail(self, name):
        calls.append(name)
        if len(calls) == 2:
            raise OSError("disk")
        real(self, name)

    monkeypatch.setattr(pictures, "place_files", NoTask())
    monkeypatch.setattr(FileSystemStorage, "delete", fail)
    with django_capture_on_commit_callbacks(execute=True):
        withhold(showing(picture), picture)
    monkeypatch.setattr(FileSystemStorage, "delete", real)
    assert len(names("default", picture)) == 2
    assert len(names("private", picture)) == 2
    place_files.call(picture.pk)
    assert names("default", picture) == []
    assert names("private", picture) == FILES
    assert place_all_files() == 0


def test_the_sweep_moves_what_was_left(picture, monkeypatch):
    monkeypatch.setattr(pictures, "place_files", NoTask())
    measure = withhold(showing(picture), picture)
    assert place_all_files() == 3
    lift(measure, None)
    assert names("default", picture) == []
    assert place_all_files() == 3
    assert names("default", picture) == FILES


def test_a_text_written_meanwhile_follows_with_the_task(picture):
    article = showing(picture)
    Picture.objects.update(is_withheld=True)
    place_files.call(picture.pk)
    article.refresh_from_db()
    assert picture.key not in article.prose


def test_files_of_a_picture_that_is_gone_are_nobodys(db):
    place_files.call(1)
    assert place_all_files() == 0


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_measure_moves_nothing(monkeypatch):
    picture = add_picture(None, upload())
    article = showing(picture)
    monkeypatch.setattr(pictures, "place_files", NoTask())
    with transaction.atomic():
        withhold(article, picture)
        transaction.set_rollback(True)
    assert names("default", picture) == FILES
    assert not Picture.objects.get().is_withheld


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_measures_renders_and_moves_at_once_lose_no_file():
    """On SQLite writers queue anyway; on PostgreSQL the lock on the row is what orders them."""
    picture = add_picture(None, upload())
    article = showing(picture)

    def work(number):
        try:
            if number % 2:
                lift(withhold(article, picture), None)
            else:
                render_picture.call(picture.pk)
                place_files.call(picture.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(12)))
    assert not Picture.objects.get().is_withheld
    assert names("default", picture) == FILES
    assert names("private", picture) == []


# --- Describing, deleting ---------------------------------------------------------------------
def test_a_description_reaches_the_texts(picture, eddie, sam):
    article = showing(picture)
    with pytest.raises(PermissionDenied):
        describe_picture(picture, sam, "海")
    assert describe_picture(picture, eddie, " 海\n边 ").alt == "海 边"
    article.refresh_from_db()
    assert 'alt="海 边"' in article.prose
    with pytest.raises(ValidationError):
        describe_picture(picture, eddie, "长" * 301)


def test_deleting(picture, eddie, sam, chloe, django_capture_on_commit_callbacks):
    for who in (sam, eddie):
        with pytest.raises(PermissionDenied):
            delete_picture(picture, who)
    Picture.objects.update(created_at=timezone.now() - SETTLES)
    with django_capture_on_commit_callbacks(execute=True):
        delete_picture(picture, chloe)
        assert names("default", picture) == FILES
    assert not Picture.objects.exists()
    assert names("default", picture) == []


def refused(picture):
    with pytest.raises(ValidationError) as caught, transaction.atomic():
        delete_picture(picture, None)
    assert Picture.objects.filter(pk=picture.pk).exists()
    return caught.value.messages[0]


def test_a_picture_in_use_is_not_deleted(picture, carol):
    article = showing(picture)
    assert refused(picture) == "图片仍在使用中：有图"
    lift(withhold(article, picture), None)
    revise(article, None, {"body": "<p>无图</p>"})
    assert "有图" in refused(picture)  # The measure is a record that stays.


def test_covers_and_portraits_are_not_deleted(picture, carol):
    article = covered(picture)
    assert "有封面" in refused(picture)
    revise(article, None, {"cover": None})
    topic = save_topic(Topic(title="专题", cover=picture), None)
    assert "专题" in refused(picture)
    topic.cover = None
    save_topic(topic, None)
    carol.avatar = picture
    save_contributor(carol, None)
    assert "纸上行舟" in refused(picture)


# --- {% cover %} ------------------------------------------------------------------------------
def shown(picture, options=""):
    source = "{% load pictures %}{% cover picture " + options + " %}"
    return Template(source).render(Context({"picture": picture})).strip()


def test_no_cover_is_nothing(picture):
    assert shown(None) == ""
    picture.is_withheld = True
    assert shown(picture) == ""


def test_before_renditions_the_picture_itself_is_shown(picture):
    picture.renditions = []
    picture.alt = '海"边'
    assert shown(picture) == (
        f'<picture><img class="cover" src="{picture.url}" width="60" height="40" '
        'alt="海&quot;边" loading="lazy" decoding="async"></picture>'
    )


def test_a_cover_in_a_list(picture, django_assert_num_queries):
    covered(picture)
    picture.refresh_from_db()
    with django_assert_num_queries(0):
        html = shown(picture, 'alt="" sizes="10rem"')
    folder = f"/media/{picture.folder}"
    assert html == (
        f'<picture><source type="image/avif" srcset="{folder}/small-60.avif 60w" sizes="10rem" '
        f'width="60" height="40"><source type="image/webp" srcset="{folder}/small-60.webp 60w" '
        f'sizes="10rem" width="60" height="40"><img class="cover" src="{picture.url}" width="60" '
        'height="40" alt="" loading="lazy" decoding="async"></picture>'
    )


def test_a_leading_wide_cover(picture):
    covered(picture)
    picture.refresh_from_db()
    html = shown(picture, 'crop="wide" lead=True')
    assert html.count("<source") == 4
    assert html.index("wide-60.avif") < html.index("wide-60.webp") < html.index("small-60.avif")
    assert '<source media="(min-width: 60em)" type="image/avif"' in html
    assert 'width="60" height="26"' in html
    assert 'fetchpriority="high"' in html
    assert "lazy" not in html
