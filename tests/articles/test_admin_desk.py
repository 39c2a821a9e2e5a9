"""Signing in to the desk, and what is on it besides articles and their order."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.utils import timezone
from post_office.models import Email

from articles.models import Picture, Restriction, User
from articles.services.library import SETTLES
from articles.services.pictures import add_picture
from articles.services.publishing import revise
from tests.articles.desk import png

pytestmark = pytest.mark.django_db
A = "/admin/articles/"


# --- Signing in -------------------------------------------------------------------------------
def test_strangers_are_led_to_the_sign_in_page(client):
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/accounts/login/?next=%2Fadmin%2F")
    assert response.status_code == 200


def test_a_password_sent_to_the_admin_itself_signs_nobody_in(client, eddie):
    from tests.conftest import PASSWORD

    data = {"username": eddie.email, "password": PASSWORD, "next": "/admin/"}
    response = client.post("/admin/login/", data)
    assert response["Location"].startswith("/accounts/login/")
    assert "_auth_user_id" not in client.session


def test_who_is_no_staff_is_told_so(client, sam):
    client.force_login(sam)
    response = client.get("/admin/", follow=True)
    assert response.status_code == 403
    assert "Sam" in response.text
    assert "退出" in response.text


def test_the_index_shows_each_role_its_own(client, eddie, mona, chloe, draft):
    seen = {}
    for person in (eddie, mona, chloe):
        client.force_login(person)
        page = client.get("/admin/")
        seen[person.name] = {
            model["object_name"] for app in page.context["app_list"] for model in app["models"]
        }
        assert "拾页" in page.text
    assert seen["Eddie"] == {
        "Article", "Picture", "Topic", "Category", "Contributor", "DailyReads", "Page",
        "SearchCount", "Submission",
    }  # fmt: skip
    assert seen["Mona"] == {"Article", "CannedReply", "Case", "Picture", "Restriction"}
    assert {"User", "Redirect", "SiteSettings", "Tag"} <= seen["Chloe"]


@pytest.mark.parametrize("person", ["eddie", "chloe", "mona", "root"])
def test_every_page_of_the_desk_opens(client, request, person, article, technology):
    if person == "root":
        client.force_login(User.objects.create_superuser("root@example.com", "x"))
    else:
        client.force_login(request.getfixturevalue(person))
    for app in client.get("/admin/").context["app_list"]:
        for model in app["models"]:
            for url in (model["admin_url"], model["add_url"]):
                if url:
                    assert client.get(url, follow=True).status_code == 200, url
            if model["admin_url"]:
                assert client.get(model["admin_url"], {"q": "a"}, follow=True).status_code == 200


# --- Pictures ---------------------------------------------------------------------------------
def test_a_picture_is_added_described_and_deleted(client, eddie, chloe):
    client.force_login(eddie)
    assert client.post(A + "picture/add/", {"upload": png(), "alt": "碗"}).status_code == 302
    picture = Picture.objects.get()
    assert client.post(f"{A}picture/{picture.pk}/change/", {"alt": "青碗"}).status_code == 302
    picture.refresh_from_db()
    assert picture.alt == "青碗"
    assert client.post(f"{A}picture/{picture.pk}/delete/", {"post": "yes"}).status_code == 403
    client.force_login(chloe)
    client.post(f"{A}picture/{picture.pk}/delete/", {"post": "yes"})
    assert Picture.objects.exists()  # Eddie may have a form open that it belongs to.
    Picture.objects.update(created_at=timezone.now() - SETTLES)
    client.post(f"{A}picture/{picture.pk}/delete/", {"post": "yes"})
    assert not Picture.objects.exists()


def test_a_bad_picture_is_refused_on_its_field(client, eddie):
    client.force_login(eddie)
    response = client.post(A + "picture/add/", {"upload": png(data=b"no"), "alt": ""})
    assert "upload" in response.context["adminform"].form.errors


def test_a_picture_says_where_it_is_used_and_stays(client, chloe, article):
    picture = add_picture(chloe, png(), alt="碗")
    revise(article, chloe, {"body": f'<p>甲</p><img src="{picture.url}" alt="碗">'})
    client.force_login(chloe)
    assert article.title in client.get(f"{A}picture/{picture.pk}/change/").text
    client.post(f"{A}picture/{picture.pk}/delete/", {"post": "yes"})
    assert Picture.objects.exists()


# --- Restrictions -----------------------------------------------------------------------------
def withhold(client, article, **fields):
    data = {"article": article.pk, "scope": "whole", "http_status": 451, "reference": "TS-1"}
    return client.post(A + "restriction/add/", data | fields)


def test_a_moderator_restricts_and_lifts(client, mona, article):
    client.force_login(mona)
    assert withhold(client, article).status_code == 302
    row = Restriction.objects.get()
    assert row.restricted_by == mona
    page = client.get(f"{A}restriction/{row.pk}/change/").text
    assert f"{A}restriction/{row.pk}/lift/" in page
    assert 'name="_save"' not in page
    assert client.get(f"{A}restriction/{row.pk}/lift/").status_code == 405
    client.post(f"{A}restriction/{row.pk}/lift/")
    row.refresh_from_db()
    assert row.lifted_by == mona


def test_editors_cannot_restrict_or_lift(client, eddie, mona, article):
    client.force_login(mona)
    withhold(client, article)
    row = Restriction.objects.get()
    client.force_login(eddie)
    assert withhold(client, article).status_code == 403
    assert client.post(f"{A}restriction/{row.pk}/lift/").status_code == 403
    row.refresh_from_db()
    assert row.lifted_at is None


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"scope": "passage"}, "passage"),
        ({"scope": "passage", "passage": "这里没有的话"}, "passage"),
        ({"scope": "image"}, "picture"),
        ({"passage": "多余"}, "passage"),
        ({"reference": ""}, "reference"),
    ],
)
def test_what_does_not_fit_is_said_on_its_field(client, mona, article, fields, wrong):
    client.force_login(mona)
    response = withhold(client, article, **fields)
    errors = response.context["adminform"].form.errors
    assert len(errors[wrong]) == 1
    assert not Restriction.objects.exists()


# --- Accounts ---------------------------------------------------------------------------------
def test_accounts_are_looked_at_by_the_chief_editor_and_changed_by_the_operator(
    client, chloe, sam, eddie
):
    url = f"{A}user/{sam.pk}/change/"
    client.force_login(eddie)
    assert client.get(url).status_code == 403
    client.force_login(chloe)
    assert "sam@example.com" in client.get(url).text
    assert client.post(url, {"email": "x@example.com"}).status_code == 403
    client.force_login(User.objects.create_superuser("root@example.com", "x"))
    page = client.get(url).text
    assert "主编" in page
    editor = Group.objects.get(name="editor")
    data = {"email": "SAM@example.com", "name": "Sam", "is_active": "on", "is_staff": "on",
            "groups": [editor.pk]}  # fmt: skip
    assert client.post(url, data).status_code == 302
    sam.refresh_from_db()
    assert sam.email == "sam@example.com"
    assert sam.has_perm("articles.publish_article")


def test_the_address_of_before_opens_an_account_no_more(client, sam):
    EmailAddress.objects.create(user=sam, email=sam.email, verified=True, primary=True)
    client.force_login(User.objects.create_superuser("root@example.com", "x"))
    data = {"email": "Samuel@example.com", "name": "Sam", "is_active": "on"}
    assert client.post(f"{A}user/{sam.pk}/change/", data).status_code == 302
    addresses = EmailAddress.objects.filter(user=sam).values_list("email", "verified", "primary")
    assert list(addresses) == [("samuel@example.com", False, True)]


# --- Mail -------------------------------------------------------------------------------------
@pytest.fixture
def mail():
    return Email.objects.create(
        from_email="a@example.com", to=["sam@example.com"], subject="登录",
        message="验证码 <b>1234</b> http://testserver/x/",
    )  # fmt: skip


def test_on_a_live_site_nobody_reads_mail(client, mail, eddie, chloe):
    url = f"/admin/post_office/email/{mail.pk}/change/"
    client.force_login(eddie)
    assert client.get(url).status_code == 403
    for person in (chloe, User.objects.create_superuser("root@example.com", "x")):
        client.force_login(person)
        page = client.get(url).text
        assert "sam@example.com" in page
        assert "1234" not in page
    assert client.get(f"/admin/post_office/email/{mail.pk}/preview/").status_code != 200


def test_on_ones_own_machine_a_chief_editor_reads_it(client, mail, eddie, chloe, sam, settings):
    settings.LOCAL_RUN = True
    client.force_login(sam)
    url = f"/admin/post_office/email/{mail.pk}/change/"
    assert client.get(url).status_code == 302
    client.force_login(eddie)
    assert client.get(url).status_code == 403
    client.force_login(chloe)
    page = client.get(url).text
    assert "&lt;b&gt;1234&lt;/b&gt;" in page
    assert 'href="http://testserver/x/"' in page
    assert client.get("/admin/post_office/email/").status_code == 200
