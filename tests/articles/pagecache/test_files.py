"""Pages as files, for a web server that hands them out."""

import gzip
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from articles.pagecache import files as module
from articles.pagecache import purge
from articles.pagecache.files import PageFiles, file_name, page_files, sweep_on_commit
from articles.pagecache.freshness import Freshness, _feed, freshness
from tests.articles.pagecache.conftest import Visitor
from tests.articles.pagecache.test_wrapper import Site, fall_due

pytestmark = pytest.mark.django_db(transaction=True)
Cached = Callable[..., Visitor]


@pytest.fixture
def files(tmp_path: Path) -> PageFiles:
    return PageFiles(tmp_path, freshness(), answers=True)


@pytest.fixture
def site() -> Site:
    site = Site()
    site.headers["Content-Type"] = "text/html; charset=utf-8"
    return site


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[PageFiles]:
    """Another process that shares the directory, and answers nobody."""
    known = Freshness(_feed())
    yield PageFiles(tmp_path, known, answers=False)
    known.close()


def test_a_page_that_is_kept_is_a_file_too(
    cached: Cached, site: Site, files: PageFiles, tmp_path: Path
) -> None:
    visitor = cached(site, files=files)
    page = visitor.get("/p/1.html")
    visitor.get("/tag/中文/?page=2")
    file = tmp_path / "testserver/p/1.html"
    assert file.read_bytes() == page.body
    assert gzip.decompress(file.with_name("1.html.gz").read_bytes()) == page.body
    assert (tmp_path / "testserver/tag/中文/page-2.html").exists()


def test_it_goes_with_what_it_shows(
    cached: Cached, site: Site, files: PageFiles, tmp_path: Path
) -> None:
    visitor = cached(site, files=files)
    visitor.get("/a.html")
    site.keys = ("article:2",)
    visitor.get("/b.html")
    purge("article:1")
    files.look()
    left = {file.name for file in (tmp_path / "testserver").iterdir()}
    assert left == {"b.html", "b.html.gz"}


def test_another_process_takes_it_away(
    cached: Cached, site: Site, files: PageFiles, elsewhere: PageFiles, tmp_path: Path
) -> None:
    elsewhere.look()
    cached(site, files=files).get("/a.html")
    purge("article:1")
    elsewhere.look()
    assert not (tmp_path / "testserver/a.html").exists()


def test_a_process_that_answers_nobody_clears_nothing_when_it_begins(
    cached: Cached, site: Site, files: PageFiles, elsewhere: PageFiles, tmp_path: Path
) -> None:
    cached(site, files=files).get("/a.html")
    elsewhere.look()
    assert (tmp_path / "testserver/a.html").exists()


def test_a_page_begun_before_a_change_leaves_no_file(
    cached: Cached, site: Site, files: PageFiles, tmp_path: Path
) -> None:
    site.after = lambda: purge("article:1")
    cached(site, files=files).get("/a.html")
    assert not (tmp_path / "testserver/a.html").exists()


def test_it_goes_when_its_time_is_over(
    cached: Cached, site: Site, files: PageFiles, tmp_path: Path
) -> None:
    fall_due(timezone.now() + timedelta(milliseconds=100))
    cached(site, files=files).get("/a.html")
    files.end()
    assert (tmp_path / "testserver/a.html").exists()
    threading.Event().wait(0.2)
    files.end()
    assert not (tmp_path / "testserver/a.html").exists()


def test_what_is_not_html_stays_in_memory(
    cached: Cached, site: Site, files: PageFiles, tmp_path: Path
) -> None:
    site.headers["Content-Type"] = "application/rss+xml"
    cached(site, files=files).get("/feed/")
    assert not (tmp_path / "testserver").exists()


@pytest.mark.parametrize(
    ("host", "path", "number", "name"),
    [
        ("a.example", "/", 1, "a.example/index.html"),
        ("a.example", "/p/1.html", 1, "a.example/p/1.html"),
        ("a.example", "/tag/x/", 3, "a.example/tag/x/page-3.html"),
        ("a.example", "/p/1.html", 2, None),
        ("a.example", "/../secret", 1, None),
        ("a.example", "/tag/..", 1, None),
        ("a.example", "//x/", 1, None),
        ("a.example", "/tag/.htaccess/", 1, None),
        ("a.example", "/tag/\xff/", 1, None),
        ("a.example", "/tag/" + "x" * 300 + "/", 1, None),
        ("../x", "/", 1, None),
        ("A.example", "/", 1, None),
        ("", "/", 1, None),
    ],
)
def test_names_are_safe(host: str, path: str, number: int, name: str | None) -> None:
    assert file_name(host, path, number) == name


def test_the_process_that_commits_sweeps_at_once(
    settings: Any, cached: Cached, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_own", {})
    settings.PAGES_DIR = str(tmp_path)
    own = page_files(answers=True)
    cached(site, files=own).get("/a.html")
    file = tmp_path / "testserver/a.html"
    with transaction.atomic():
        sweep_on_commit()
        purge("article:1")
        assert file.exists()
    assert not file.exists()


def test_without_a_directory_nothing_is_done(settings: Any) -> None:
    settings.PAGES_DIR = ""
    assert page_files() is None
    sweep_on_commit()
