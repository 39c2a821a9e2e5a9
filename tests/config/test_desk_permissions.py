"""Who may do what on the desk: every address of the admin and every action of its lists, for every
kind of person, written out as a table.

A new address or action without its row fails. What an address does is tested where it is; here
it counts only who is let in. Each request is undone, so that all of them see the same site.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.http import HttpResponse
from django.template.response import SimpleTemplateResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from post_office.models import Email
from taggit.models import Tag

from articles.models import (
    Article,
    Category,
    Contributor,
    EnginePush,
    MissingPath,
    Page,
    Redirect,
    Scope,
    SearchCount,
    SiteSettings,
    Topic,
    User,
)
from articles.services.pictures import add_picture
from articles.services.previews import share_preview
from articles.services.publishing import create_article
from articles.services.restrictions import restrict
from articles.services.saved_views import save_view
from articles.services.typing import keep_typing
from moderation.models import CannedReply, Evidence
from submissions.models import CannedReason, Standing, Terms, WatchedWord
from tests.articles.desk import png
from tests.conftest import PASSWORD
from tests.moderation.making import under_review
from tests.submissions.making import sent_by

pytestmark = pytest.mark.django_db
PEOPLE = ("anonymous", "contributor", "editor", "chief", "moderator", "superuser")
# What each of PEOPLE gets, a sign for each: let in (.), led on to another page (>), asked to sign
# in (-; who has signed in and is no staff is told so there), refused (n), told that there is no
# such thing (0), that what was sent is wrong (x), or that this is no way to ask (m).
TABLE = """
GET tasks/again/                                                      --mmmm
POST tasks/again/                                                     --n>n>
GET changes/                                                          --....
GET                                                                   --....
GET login/                                                            -n>>>>
GET logout/                                                           >>mmmm
POST logout/                                                          >>....
GET password_change/                                                  --....
GET password_change/done/                                             --....
GET autocomplete/                                                     --nnnn
GET jsi18n/                                                           --....
GET r/<path:content_type_id>/<path:object_id>/                        -->>>>
POST r/<path:content_type_id>/<path:object_id>/                       -->>>>
GET articles/dailyreads/                                              --..n.
GET articles/article/typing/                                          mmmmmm
POST articles/article/typing/                                         --xxxx
GET articles/article/<int:pk>/typing/                                 mmmmmm
POST articles/article/<int:pk>/typing/                                --xxxx
GET articles/article/typed/<int:number>/                              --00n.
POST articles/article/typed/<int:number>/                             --00n.
GET articles/article/typed/<int:number>/drop/                         --mmmm
POST articles/article/typed/<int:number>/drop/                        --00n>
GET articles/article/trash/                                           --....
POST articles/article/trash/                                          --....
GET articles/article/<int:pk>/trash/                                  --..n.
POST articles/article/<int:pk>/trash/                                 -->>n>
GET articles/article/<int:pk>/untrash/                                --mmmm
POST articles/article/<int:pk>/untrash/                               -->>n>
GET articles/article/<int:pk>/erase/                                  --mmmm
POST articles/article/<int:pk>/erase/                                 --n>n>
GET articles/article/featured/                                        --..n.
POST articles/article/featured/                                       -->>n>
GET articles/article/views/                                           --mmmm
POST articles/article/views/                                          -->>>>
GET articles/article/views/<int:pk>/                                  --mmmm
POST articles/article/views/<int:pk>/                                 --nnn>
GET articles/article/bulk/<slug:name>/                                --mmmm
POST articles/article/bulk/<slug:name>/                               --xxnx
GET articles/article/bulk/report/<slug:key>/                          --0000
POST articles/article/bulk/report/<slug:key>/                         --0000
GET articles/article/names/<slug:kind>/                               --....
POST articles/article/names/<slug:kind>/                              --....
GET articles/article/<int:pk>/history/<int:revision>/                 --....
GET articles/article/<int:pk>/history/<int:revision>/name/            --mmmm
POST articles/article/<int:pk>/history/<int:revision>/name/           -->>n>
GET articles/article/<int:pk>/history/<int:revision>/restore/         --..n.
POST articles/article/<int:pk>/history/<int:revision>/restore/        --..n.
GET articles/article/<int:pk>/history/compare/                        --....
GET articles/article/check/                                           --mmmm
POST articles/article/check/                                          --..n.
GET articles/article/<int:pk>/check/                                  --mmmm
POST articles/article/<int:pk>/check/                                 --..n.
GET articles/article/preview/                                         --0000
POST articles/article/preview/                                        --..n.
GET articles/article/<int:pk>/preview/                                --....
POST articles/article/<int:pk>/preview/                               --..n.
GET articles/article/<int:pk>/preview/links/                          --mmmm
POST articles/article/<int:pk>/preview/links/                         -->>n>
GET articles/article/<int:pk>/preview/links/<int:link>/               --mmmm
POST articles/article/<int:pk>/preview/links/<int:link>/              -->>n>
GET articles/article/<int:pk>/figures/                                --....
GET articles/article/                                                 --....
GET articles/article/add/                                             --..n.
GET articles/article/<path:object_id>/history/                        --....
GET articles/article/<path:object_id>/delete/                         -->>>>
GET articles/article/<path:object_id>/change/                         --....
GET articles/missingpath/                                             --n.n.
GET articles/missingpath/add/                                         --nnnn
GET articles/missingpath/<path:object_id>/history/                    --n.n.
GET articles/missingpath/<path:object_id>/delete/                     --n.n.
GET articles/missingpath/<path:object_id>/change/                     --n.n.
GET articles/enginepush/                                              --n.n.
GET articles/enginepush/add/                                          --nnnn
GET articles/enginepush/<path:object_id>/history/                     --n.n.
GET articles/enginepush/<path:object_id>/delete/                      --nnnn
GET articles/enginepush/<path:object_id>/change/                      --n.n.
GET post_office/email/                                                --n.n.
GET post_office/email/add/                                            --nnnn
GET post_office/email/<path:object_id>/history/                       --n.n.
GET post_office/email/<path:object_id>/delete/                        --nnnn
GET post_office/email/<path:object_id>/change/                        --n.n.
GET articles/category/<int:pk>/merge/                                 --n.n.
POST articles/category/<int:pk>/merge/                                --n0n0
GET articles/category/order/                                          --n.n.
POST articles/category/order/                                         --n>n>
GET articles/category/                                                --..n.
GET articles/category/add/                                            --n.n.
GET articles/category/<path:object_id>/history/                       --..n.
GET articles/category/<path:object_id>/delete/                        --n.n.
GET articles/category/<path:object_id>/change/                        --..n.
GET articles/topic/<int:pk>/articles/                                 --..n.
POST articles/topic/<int:pk>/articles/                                -->>n>
GET articles/topic/order/                                             --..n.
POST articles/topic/order/                                            -->>n>
GET articles/topic/                                                   --..n.
GET articles/topic/add/                                               --..n.
GET articles/topic/<path:object_id>/history/                          --..n.
GET articles/topic/<path:object_id>/delete/                           --n.n.
GET articles/topic/<path:object_id>/change/                           --..n.
GET articles/page/                                                    --..n.
GET articles/page/add/                                                --n.n.
GET articles/page/<path:object_id>/history/                           --..n.
GET articles/page/<path:object_id>/delete/                            --n.n.
GET articles/page/<path:object_id>/change/                            --..n.
GET taggit/tag/<int:pk>/merge/                                        --n.n.
POST taggit/tag/<int:pk>/merge/                                       --n0n0
GET taggit/tag/                                                       --n.n.
GET taggit/tag/add/                                                   --n.n.
GET taggit/tag/<path:object_id>/history/                              --n.n.
GET taggit/tag/<path:object_id>/delete/                               --n.n.
GET taggit/tag/<path:object_id>/change/                               --n.n.
GET articles/user/<id>/password/                                      --nnn.
POST articles/user/<id>/password/                                     --nnn.
GET articles/user/                                                    --n.n.
GET articles/user/add/                                                --nnn.
GET articles/user/<path:object_id>/history/                           --n.n.
GET articles/user/<path:object_id>/delete/                            --nnn.
GET articles/user/<path:object_id>/change/                            --n.n.
GET articles/contributor/<int:pk>/merge/                              --n.n.
POST articles/contributor/<int:pk>/merge/                             --n0n0
GET articles/contributor/                                             --..n.
GET articles/contributor/add/                                         --n.n.
GET articles/contributor/<path:object_id>/history/                    --..n.
GET articles/contributor/<path:object_id>/delete/                     --n.n.
GET articles/contributor/<path:object_id>/change/                     --..n.
GET articles/picture/upload/                                          mmmmmm
POST articles/picture/upload/                                         nn..n.
GET articles/picture/choose/                                          --....
POST articles/picture/choose/                                         --....
GET articles/picture/<int:pk>/replace/                                --..n.
POST articles/picture/<int:pk>/replace/                               --..n.
GET articles/picture/                                                 --....
GET articles/picture/add/                                             --..n.
GET articles/picture/<path:object_id>/history/                        --....
GET articles/picture/<path:object_id>/delete/                         --n.n.
GET articles/picture/<path:object_id>/change/                         --....
GET articles/restriction/<int:pk>/lift/                               --mmmm
POST articles/restriction/<int:pk>/lift/                              --nn>>
GET articles/restriction/                                             --nn..
GET articles/restriction/add/                                         --nn..
GET articles/restriction/<path:object_id>/history/                    --nn..
GET articles/restriction/<path:object_id>/delete/                     --nnnn
GET articles/restriction/<path:object_id>/change/                     --nn..
GET articles/searchcount/                                             --..n.
GET articles/searchcount/add/                                         --nnnn
GET articles/searchcount/<path:object_id>/history/                    --..n.
GET articles/searchcount/<path:object_id>/delete/                     --nnnn
GET articles/searchcount/<path:object_id>/change/                     --..n.
GET articles/sitesettings/                                            -->>>>
GET articles/sitesettings/add/                                        --nnnn
GET articles/sitesettings/<path:object_id>/history/                   --n.n.
GET articles/sitesettings/<path:object_id>/delete/                    --nnnn
GET articles/sitesettings/<path:object_id>/change/                    --n.n.
GET articles/redirect/                                                --n.n.
GET articles/redirect/add/                                            --n.n.
GET articles/redirect/<path:object_id>/history/                       --n.n.
GET articles/redirect/<path:object_id>/delete/                        --n.n.
GET articles/redirect/<path:object_id>/change/                        --n.n.
GET submissions/submission/next/                                      --mmmm
POST submissions/submission/next/                                     -->>n>
GET submissions/submission/<int:pk>/edit/                             --..n.
POST submissions/submission/<int:pk>/edit/                            --..n.
GET submissions/submission/<int:pk>/proof/                            --00n0
GET submissions/submission/<int:pk>/change/                           --..n.
POST submissions/submission/<int:pk>/change/                          --00n0
GET submissions/submission/                                           --..n.
GET submissions/watchedword/                                          --n.n.
GET submissions/watchedword/add/                                      --n.n.
GET submissions/watchedword/<path:object_id>/history/                 --n.n.
GET submissions/watchedword/<path:object_id>/delete/                  --n.n.
GET submissions/watchedword/<path:object_id>/change/                  --n.n.
GET submissions/cannedreason/                                         --n.n.
GET submissions/cannedreason/add/                                     --n.n.
GET submissions/cannedreason/<path:object_id>/history/                --n.n.
GET submissions/cannedreason/<path:object_id>/delete/                 --n.n.
GET submissions/cannedreason/<path:object_id>/change/                 --n.n.
GET submissions/terms/                                                --n.n.
GET submissions/terms/add/                                            --n.n.
GET submissions/terms/<path:object_id>/history/                       --n.n.
GET submissions/terms/<path:object_id>/delete/                        --nnnn
GET submissions/terms/<path:object_id>/change/                        --n.n.
GET submissions/standing/                                             --n.n.
GET submissions/standing/add/                                         --nnnn
GET submissions/standing/<path:object_id>/history/                    --n.n.
GET submissions/standing/<path:object_id>/delete/                     --nnnn
GET submissions/standing/<path:object_id>/change/                     --n.n.
GET moderation/case/                                                  --nn..
GET moderation/case/next/                                             --mmmm
POST moderation/case/next/                                            --nn>>
GET moderation/case/export/                                           --nn..
GET moderation/case/add/                                              --nn..
GET moderation/case/<int:pk>/change/                                  --nn..
POST moderation/case/<int:pk>/change/                                 --nn00
GET moderation/case/<int:pk>/complete/                                --nn>>
POST moderation/case/<int:pk>/complete/                               --nn>>
GET moderation/case/<int:pk>/evidence/<int:number>/                   --mmmm
POST moderation/case/<int:pk>/evidence/<int:number>/                  --nn..
GET moderation/cannedreply/                                           --nn..
GET moderation/cannedreply/add/                                       --nn..
GET moderation/cannedreply/<path:object_id>/history/                  --nn..
GET moderation/cannedreply/<path:object_id>/delete/                   --nn..
GET moderation/cannedreply/<path:object_id>/change/                   --nn..
GET django_tasks_database/dbtaskresult/                               --nnn.
GET django_tasks_database/dbtaskresult/add/                           --nnnn
GET django_tasks_database/dbtaskresult/<path:object_id>/history/      --nnn.
GET django_tasks_database/dbtaskresult/<path:object_id>/delete/       --nnnn
GET django_tasks_database/dbtaskresult/<path:object_id>/change/       --nnn.
"""
# Model and action → whether it is offered to those who come to the desk at all.
STAFF = PEOPLE[2:]
ACTIONS = {
    "articles.article publish_chosen": "..n.",
    "articles.article schedule_chosen": "..n.",
    "articles.article withdraw_chosen": "..n.",
    "articles.article recategorise_chosen": "..n.",
    "articles.article tag_chosen": "..n.",
    "articles.article untag_chosen": "..n.",
    "articles.article assign_chosen": "..n.",
    "articles.article trash_chosen": "..n.",
    "articles.missingpath forget": "n.n.",
    "articles.enginepush again": "n.n.",
    "articles.picture delete_chosen": "n.n.",
    "articles.user delete_selected": "nnn.",
}
SIGNS = {200: ".", 201: ".", 204: ".", 301: ">", 302: ">", 303: ">", 403: "n", 404: "0",
         401: "-", 400: "x", 409: "x", 413: "x", 422: "x", 405: "m"}  # fmt: skip


# --- The site that is asked ---------------------------------------------------------------------
@pytest.fixture
def people(eddie: User, chloe: User, mona: User, carol: Contributor) -> dict[str, User | None]:
    root = User.objects.create_superuser("root@example.com", PASSWORD, name="Root")
    return dict(zip(PEOPLE, (None, carol.user, eddie, chloe, mona, root), strict=True))


@pytest.fixture
def numbers(
    article: Article, technology: Category, carol: Contributor, people: dict[str, Any]
) -> dict[str, Any]:
    """Return what stands in the addresses: by the route's beginning and the part's name."""
    root, now = people["superuser"], timezone.now()
    other = Category.objects.create(name="生活", slug="life")
    topic = Topic.objects.create(title="老房子", slug="old")
    picture = add_picture(None, png(), alt="碗")
    case = under_review(article)
    view = save_view(root, "articles.article", "我的", "q=a")
    typed = keep_typing(root, "0b6f3a52-7c0e-4a55-9a54-3f1c7b1f6f11", article, 1, {"title": "甲"})
    task = DBTaskResult.objects.create(
        status="FAILED", task_path="a.b", args_kwargs={"args": [], "kwargs": {}}, run_after=now,
        backend_name="default", finished_at=now, exception_class_path="", traceback="",
    )  # fmt: skip
    draft = Article.objects.get(pk=article.pk)
    return {
        "r content_type_id": ContentType.objects.get_for_model(Article).pk,
        "r object_id": article.pk,
        "articles/article": draft.pk,
        "articles/article number": typed.pk,
        "articles/article views pk": view.pk,
        "articles/article revision": article.history.first().pk,
        "articles/article link": share_preview(article, root, now + timedelta(days=1)).pk,
        "articles/article name": "withdraw_chosen",
        "articles/article key": "nothing",
        "articles/article kind": "tag",
        "articles/missingpath": MissingPath.objects.create(
            path="/x", first_on=now.date(), last_on=now.date()
        ).pk,
        "articles/enginepush": EnginePush.objects.create(
            engine="baidu", path="/a", state="failed"
        ).pk,
        "post_office/email": Email.objects.create(from_email="a@example.com", to=["b@c.de"]).pk,
        "articles/category": other.pk,
        "articles/topic": topic.pk,
        "articles/page": Page.objects.create(title="关于", slug="about", body="<p>我们</p>").pk,
        "taggit/tag": Tag.objects.first().pk,
        "articles/user": carol.user.pk,
        "articles/contributor": Contributor.objects.create(name="乙", slug="yi").pk,
        "articles/picture": picture.pk,
        "articles/restriction": restrict(
            create_article(None, title="丙", body="<p>文</p>", contributor=carol),
            None,
            Scope.WHOLE,
            reference="甲",
        ).pk,
        "articles/searchcount": SearchCount.objects.create(day=now.date(), query="甲").pk,
        "articles/sitesettings": SiteSettings.objects.get_or_create(pk=1)[0].pk,
        "articles/redirect": Redirect.objects.create(old_path="/old", target="/").pk,
        "submissions/submission": sent_by(carol, technology).pk,
        "submissions/watchedword": WatchedWord.objects.create(word="甲").pk,
        "submissions/cannedreason": CannedReason.objects.create(
            use="return", title="一", text="二"
        ).pk,
        "submissions/terms": (
            Terms.objects.first() or Terms.objects.create(number=1, text="甲")
        ).pk,
        "submissions/standing": Standing.objects.get_or_create(contributor=carol)[0].pk,
        "moderation/case": case.pk,
        "moderation/case number": Evidence.objects.get(case=case).pk,
        "moderation/cannedreply": CannedReply.objects.create(title="一", text="二").pk,
        "django_tasks_database/dbtaskresult": task.pk,
    }


def address_of(route: str, numbers: dict[str, Any]) -> str:
    place = "/".join(route.split("/")[:2]) if route.count("/") > 1 else route.split("/")[0]
    place = "r" if route.startswith("r/") else place

    def fill(part: re.Match[str]) -> str:
        name = part[1].rpartition(":")[2]
        if "/views/" in route and name == "pk":
            return str(numbers[f"{place} views pk"])
        own = numbers.get(f"{place} {name}")
        return str(numbers[place] if own is None else own)

    return "/admin/" + re.sub(r"<([^>]+)>", fill, route)


def routes() -> Iterator[tuple[str, URLPattern]]:
    """Yield the desk's addresses but those that only lead on to others."""
    for pattern in admin.site.urls[0]:
        if isinstance(pattern, URLResolver):
            for below in pattern.url_patterns:
                if isinstance(below, URLPattern) and below.name is not None:
                    yield f"{pattern.pattern}{below.pattern}", below
        elif pattern.name is not None and not str(pattern.pattern).startswith("^"):
            yield str(pattern.pattern), pattern


def table() -> dict[str, str]:
    rows = (line.rpartition("  ") for line in TABLE.strip().splitlines() if line[:1] in "GP")
    return {row.strip(): signs.strip() for row, _space, signs in rows}


# --- Addresses ----------------------------------------------------------------------------------
def test_every_address_has_its_row() -> None:
    asked = {row.partition(" ")[2] for row in table()}
    assert asked == {route for route, _pattern in routes()}


def test_what_cannot_be_looked_at_is_sent_something() -> None:
    """An address that answers nobody's GET has a row for what it does."""
    rows = table()
    mute = {row[4:] for row, signs in rows.items() if row[:4] == "GET " and signs[-1] == "m"}
    assert not [route for route in mute if f"POST {route}" not in rows]


def sign_of(response: HttpResponse) -> str:
    place = response.headers.get("Location", "")
    return "-" if "/login/?next=" in place else SIGNS[response.status_code]


def test_addresses(
    people: dict[str, User | None], numbers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Who is let in is decided before a page is made, which takes most of the time.
    monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", "")
    clients = {name: Client(headers={"User-Agent": "Mozilla/5.0"}) for name in PEOPLE}
    for name, person in people.items():
        if person is not None:
            clients[name].force_login(person)
    data = {"POST articles/article/<int:pk>/erase/": {"number": numbers["articles/article"]}}
    found = {}
    for row in table():
        method, _space, route = row.partition(" ")
        address = address_of(route, numbers)
        found[row] = "".join(
            ask(clients[name], method, address, data.get(row, {})) for name in PEOPLE
        )
    assert found == table()


def ask(client: Client, method: str, address: str, data: dict[str, Any]) -> str:
    """Return what somebody gets, and undo what came of it, the end of a session included."""
    session = client.cookies.copy()
    with transaction.atomic():
        response = client.post(address, data) if method == "POST" else client.get(address)
        sign = sign_of(response)
        if response.streaming:  # Not response.close(): that ends the test's connection too.
            for close in response._resource_closers:
                close()
        transaction.set_rollback(True)
    client.cookies = session
    return sign


@pytest.mark.parametrize("person", ["editor", "moderator"])
def test_who_may_only_look_gets_whole_pages(
    person: str, people: dict[str, User | None], numbers: dict[str, Any]
) -> None:
    client, place = Client(), PEOPLE.index(person)
    client.force_login(people[person])
    for row, signs in table().items():
        if row.endswith("/change/") and signs[place] == ".":
            address = address_of(row.partition(" ")[2], numbers)
            assert client.get(address).status_code == 200, address


# --- Actions ------------------------------------------------------------------------------------
def test_actions(people: dict[str, User | None]) -> None:
    found: dict[str, str] = {}
    for name in STAFF:
        request = RequestFactory().get("/admin/")
        request.user = people[name]
        for model, desk in admin.site._registry.items():
            for action in desk.get_actions(request):
                row = f"{model._meta.label_lower} {action}"
                found.setdefault(row, "n" * len(STAFF))
                place = STAFF.index(name)
                found[row] = found[row][:place] + "." + found[row][place + 1 :]
    assert found == ACTIONS
