"""Old addresses: redirects counted, what is missing listed with what may be meant."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.missing import KEPT_AT_MOST, AddressBuffer, buffer, is_countable
from articles.models import Article, MissingPath, Redirect, User
from articles.services.publishing import unpublish
from articles.services.redirects import (
    MISSING_AT_MOST,
    forget_missing,
    prune_missing,
    save_redirect,
    suggest_targets,
)


def test_used_redirects_and_missing_addresses_are_counted(client: Client, db: None) -> None:
    row = save_redirect(Redirect(old_path="/old/", target="/hot/"), None)
    for address in ("/old/", "/old", "/?p=5", "/archives/5?name=somebody", "/archives/5", "/me/x/"):
        client.get(address)
    client.post("/archives/5")
    with CaptureQueriesContext(connection) as captured:
        buffer.flush()
    assert len(captured) <= 8
    row.refresh_from_db()
    assert (row.hits, row.last_on) == (2, timezone.localdate())
    assert list(MissingPath.objects.values_list("path", "hits")) == [("/archives/5", 2)]


@pytest.mark.parametrize(
    "path",
    ["/admin/x", "/me/x/", "/report/token/", "/wp-login.php", "/.env", "/x/.git/config", "/a@b.cn",
     "/13800138000", "/k/0123456789abcdef", "/a\x01", "/x.js", "/" + "长" * 200, "//evil"],
)  # fmt: skip
def test_what_is_noise_or_could_name_somebody_is_not_kept(path: str) -> None:
    assert not is_countable(path)
    assert is_countable("/2015/03/老房子/")


def test_the_memory_is_bounded(db: None) -> None:
    own = AddressBuffer()
    for number in range(KEPT_AT_MOST + 50):
        own.add_missing(f"/x/{number}")
    _redirects, missing = own.drop()
    assert len(missing) == KEPT_AT_MOST


def test_the_table_is_bounded(db: None) -> None:
    today = timezone.localdate()
    MissingPath.objects.bulk_create(
        MissingPath(path=f"/x/{n}", hits=n, first_on=today, last_on=today)
        for n in range(MISSING_AT_MOST)
    )
    buffer.add_missing("/new")
    buffer.add_missing("/x/7")
    buffer.flush()
    assert not MissingPath.objects.filter(path="/new").exists()
    assert MissingPath.objects.get(path="/x/7").hits == 8
    assert prune_missing() == MISSING_AT_MOST // 2
    assert not MissingPath.objects.filter(path="/x/7").exists()
    MissingPath.objects.update(last_on=today - timedelta(days=61))
    assert prune_missing() == MISSING_AT_MOST // 2


def test_what_may_be_meant(article: Article) -> None:
    pk = article.pk
    asked = [f"/archives/{pk}", f"/post-{pk}.html", "/column/tech/", "/t/路由器", "/writer/carol",
             "/nothing/", "/archives/999"]  # fmt: skip
    with CaptureQueriesContext(connection) as captured:
        found = suggest_targets(asked)
    assert len(captured) <= 6
    assert {path: row.path for path, row in found.items()} == {
        f"/archives/{pk}": f"/p/{pk}.html", f"/post-{pk}.html": f"/p/{pk}.html",
        "/column/tech/": "/category/tech/", "/t/路由器": "/tag/路由器/",
        "/writer/carol": "/author/carol/",
    }  # fmt: skip
    unpublish(article, None)
    assert set(suggest_targets(asked)) == {"/column/tech/", "/writer/carol"}


def test_the_list_offers_the_redirect(client: Client, article: Article, chloe: User) -> None:
    client.get(f"/archives/{article.pk}")
    buffer.flush()
    client.force_login(chloe)
    text = client.get("/admin/articles/missingpath/").content.decode()
    add = f"/admin/articles/redirect/add/?old_path=%2Farchives%2F{article.pk}&amp;article="
    assert f"{add}{article.pk}" in text
    assert article.title in text
    form = client.get(add.replace("&amp;", "&") + str(article.pk)).content.decode()
    assert f'value="/archives/{article.pk}"' in form
    client.post(
        "/admin/articles/redirect/add/",
        {"old_path": f"/archives/{article.pk}", "article": article.pk, "target": ""},
    )
    assert client.get(f"/archives/{article.pk}")["Location"] == f"/p/{article.pk}.html"
    assert not MissingPath.objects.exists()


def test_who_may_strike_off(client: Client, db: None, chloe: User, eddie: User, sam: User) -> None:
    buffer.add_missing("/nothing/")
    buffer.flush()
    row = MissingPath.objects.get()
    for person in (sam, eddie):
        with pytest.raises(PermissionDenied):
            forget_missing(row, person)
    assert client.get("/admin/articles/missingpath/").status_code == 302
    client.force_login(eddie)
    assert client.get("/admin/articles/missingpath/").status_code == 403
    client.force_login(chloe)
    chosen = {"action": "forget", "_selected_action": [row.pk]}
    client.post("/admin/articles/missingpath/", chosen)
    assert not MissingPath.objects.exists()
