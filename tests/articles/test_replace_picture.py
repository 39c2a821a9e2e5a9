"""Another file in the place of a picture's."""

import os
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connections
from PIL import Image

from articles.models import Page, Picture, Scope, SitemapPart, Topic
from articles.services import pictures, replacing
from articles.services.pictures import add_picture, render_picture
from articles.services.publishing import create_article, publish
from articles.services.replacing import replace_picture
from articles.services.restrictions import lift, restrict
from articles.services.revisions import restore_revision
from articles.services.taxonomy import save_page, save_topic
from tests.articles.test_pictures import names, upload

pytestmark = pytest.mark.django_db
BLUE = (10, 20, 200)


@pytest.fixture
def picture(eddie):
    return add_picture(eddie, upload(), alt="海")


@pytest.fixture
def showing(picture, carol):
    body = f'<p>前文</p><figure><img src="{picture.url}"></figure>'
    return publish(create_article(None, title="有图", body=body, contributor=carol), None)


@pytest.fixture
def covered(picture, carol):
    article = create_article(None, title="封面", body="<p>文</p>", cover=picture, contributor=carol)
    return publish(article, None)


class NoTask:
    def enqueue(self, *args):
        pass


def replaced(picture, by=None, **how):
    how = {"colour": BLUE, "size": (90, 60), "name": "湖.png", **how}
    alt = how.pop("alt", None)
    return replace_picture(picture, by, upload(**how), alt=alt)


def colour_at(client, address):
    response = client.get(address)
    assert response.status_code == 200, address
    with Image.open(ContentFile(response.getvalue())) as image:
        red, _green, blue = image.convert("RGB").getpixel((5, 5))
    return "blue" if blue > red else "red"


def addresses(html, key):
    return set(re.findall(rf"/media/pictures/[0-9a-f]{{2}}/{key}/[\w.-]+", html))


@pytest.mark.usefixtures("low_numbers")
def test_every_page_shows_the_new_file_at_once(
    client, eddie, picture, showing, covered, django_capture_on_commit_callbacks
):
    save_topic(Topic(title="专题", slug="t", cover=picture), None)
    save_page(Page(title="关于", slug="about", body=showing.body, is_published=True), None)
    with django_capture_on_commit_callbacks(execute=True):
        now = replaced(picture, eddie)
    assert (now.key, now.alt, now.name) == (picture.key, "海", "湖.png")
    assert (now.width, now.height) == (90, 60)
    pages = [showing.get_absolute_url(), covered.get_absolute_url(), "/topic/t/", "/page/about/"]
    pages += ["/", "/feed/", "/sitemap-articles-0.xml"]
    seen = set()
    for page in pages:
        found = addresses(client.get(page).text, picture.key)
        assert found, page
        seen |= found
    assert len(seen) > 3
    for address in seen:
        assert colour_at(client, address) == "blue"


def test_no_file_keeps_its_name_and_the_old_ones_go_after_the_commit(
    picture, covered, monkeypatch, django_capture_on_commit_callbacks
):
    # The tests' tasks do not wait for the commit, as the worker's do.
    monkeypatch.setattr(replacing, "drop_files", NoTask())
    picture.refresh_from_db()
    before = set(names("default", picture))
    assert len(before) == 7
    with django_capture_on_commit_callbacks(execute=True):
        now = replaced(picture)
        assert before < set(names("default", picture))
    now.refresh_from_db()
    after = set(names("default", picture))
    assert not before & after
    listed = {item["file"].rpartition("/")[2] for item in now.renditions}
    assert after == listed | {now.file}
    assert {item["crop"] for item in now.renditions} == {"full", "small", "wide"}


def test_until_the_worker_comes_the_file_itself_is_shown(client, picture, showing, monkeypatch):
    monkeypatch.setattr(replacing, "render_picture", NoTask())
    now = replaced(picture)
    page = client.get(showing.get_absolute_url()).text
    assert addresses(page, picture.key) == {now.url}
    assert colour_at(client, now.url) == "blue"
    render_picture.call(now.pk)
    assert "srcset" in client.get(showing.get_absolute_url()).text


def test_old_addresses_lead_to_the_new_file(client, picture, django_capture_on_commit_callbacks):
    picture.refresh_from_db()
    old = [picture.url, f"/media/{picture.renditions[0]['file']}"]
    with django_capture_on_commit_callbacks(execute=True):
        now = replaced(picture)
    for address in old:
        response = client.get(address)
        assert (response.status_code, response["Location"]) == (301, now.url)
    # The file that it has now leads nowhere, even if it is lost.
    storages["default"].delete(f"{now.folder}/{now.file}")
    assert client.get(now.url).status_code == 404


def test_who_edits_a_text_is_shown_the_new_file(picture, showing):
    first = showing.history.order_by("history_id").first()
    version, revisions = showing.version, showing.history.count()
    now = replaced(picture)
    showing.refresh_from_db()
    assert now.url in showing.body
    assert picture.url not in showing.body
    assert showing.version > version
    assert showing.history.count() == revisions
    restored = restore_revision(showing, None, first.pk)
    assert now.url in restored.body


def test_a_description_is_kept_or_changed(picture, showing):
    assert replaced(picture).alt == "海"
    assert replaced(picture, colour=(1, 2, 3), alt=" 湖 ").alt == "湖"
    showing.refresh_from_db()
    assert 'alt="湖"' in showing.prose


def test_readers_machines_are_told(picture, showing):
    SitemapPart.objects.all().delete()
    replaced(picture)
    assert SitemapPart.objects.exists()


def test_who_did_it_is_recorded(eddie, picture):
    replaced(picture, eddie)
    entry = LogEntry.objects.get(object_id=str(picture.pk))
    assert entry.user_id == eddie.pk
    assert "文件" in entry.get_change_message()


def test_who_may_not(picture, sam, mona):
    for who in (sam, mona):
        with pytest.raises(PermissionDenied):
            replaced(picture, who)
    assert Picture.objects.get().file == "original.jpg"


def refused(picture, files, **how):
    with pytest.raises(ValidationError) as caught:
        replaced(picture, **how)
    assert names("default", picture) + names("private", picture) == files
    assert Picture.objects.get(pk=picture.pk).file == picture.file
    return caught.value.messages[0]


def test_what_is_refused_changes_nothing(picture, showing):
    files = names("default", picture)
    same = {"colour": (200, 30, 30), "size": (60, 40)}
    assert "已经" in refused(picture, files, **same)
    with pytest.raises(ValidationError):
        replace_picture(picture, None, ContentFile(b"no picture", name="a.png"))
    measure = restrict(showing, None, Scope.IMAGE, reference="TS-2026-000001", picture=picture)
    assert "限制展示" in refused(picture, files)
    other = add_picture(None, upload((9, 9, 9)))
    with pytest.raises(ValidationError, match="权利人"):
        replaced(other, **same)
    # The measure is lifted, but its file is what it was about.
    lift(measure, None)
    assert "另一张" in refused(picture, files)


def test_a_failure_leaves_no_file(picture, monkeypatch):
    before = names("default", picture)

    def fail(*_args):
        raise RuntimeError

    monkeypatch.setattr(replacing, "rederive_pages", fail)
    with pytest.raises(RuntimeError):
        replaced(picture)
    assert names("default", picture) == before


def test_files_that_could_not_be_deleted_are_tried_again(
    picture, monkeypatch, django_capture_on_commit_callbacks
):
    old = f"{picture.folder}/{picture.file}"
    calls = []

    def fail(*args):
        calls.append(args)
        raise OSError("disk")

    monkeypatch.setattr(replacing, "drop_files", NoTask())
    monkeypatch.setattr(replacing, "forget_files", fail)
    with django_capture_on_commit_callbacks(execute=True):
        now = replaced(picture)
    assert calls
    assert storages["default"].exists(old)
    monkeypatch.undo()
    replacing.drop_files.call(now.pk, [old, f"{now.folder}/{now.file}"])
    assert not storages["default"].exists(old)
    assert storages["default"].exists(f"{now.folder}/{now.file}")


def test_a_worker_that_had_the_old_file_in_hand_adds_nothing_of_it(
    client, picture, showing, monkeypatch, django_capture_on_commit_callbacks
):
    real = pictures.renditions

    def replace_meanwhile(*args):
        monkeypatch.setattr(pictures, "renditions", real)
        with django_capture_on_commit_callbacks(execute=True):
            replaced(picture)
        yield from real(*args)

    monkeypatch.setattr(pictures, "renditions", replace_meanwhile)
    Picture.objects.update(renditions=[])
    render_picture.call(picture.pk)
    now = Picture.objects.get()
    assert now.renditions
    assert {item["file"] for item in now.renditions} | {f"{now.folder}/{now.file}"} == {
        f"{now.folder}/{name}" for name in names("default", now)
    }
    for address in addresses(client.get(showing.get_absolute_url()).text, now.key):
        assert colour_at(client, address) == "blue"


def test_a_worker_that_comes_too_late_for_the_old_file_leaves_it(picture, monkeypatch):
    Picture.objects.update(renditions=[])

    def gone(_picture):
        Picture.objects.update(file="original-12345678.jpg")
        raise FileNotFoundError

    monkeypatch.setattr(pictures, "source_of", gone)
    render_picture.call(picture.pk)
    assert Picture.objects.get().renditions == []


@pytest.mark.django_db(transaction=True)
def test_replaced_many_times_at_once_one_wins_whole(roles, settings):
    picture = add_picture(None, upload(), alt="海")

    def work(number):
        try:
            replaced(picture, colour=(number * 9, 20, 200))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(8)))
    now = Picture.objects.get()
    kept = {f"{now.folder}/{now.file}"} | {item["file"] for item in now.renditions}
    there = {f"{now.folder}/{name}" for name in names("default", now)}
    assert there == kept
    assert len(kept) == 3
    found = [file for _path, _folders, files in os.walk(settings.MEDIA_ROOT) for file in files]
    assert len(found) == 3
