import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from submissions.models import Terms
from submissions.services.mail import muted
from tests.browser.helpers import picture_bytes
from tests.conftest import PASSWORD


@pytest.fixture
def signed_in(client, carol):
    client.login(email=carol.user.email, password=PASSWORD)
    return client


def test_mails_are_muted_and_wanted_again(signed_in, carol):
    answer = signed_in.post("/me/settings/", {"form": "mails", "scheduled": "on"})
    assert answer.url == "/me/settings/?saved=mails#mails"
    assert muted(carol.user) == {"submitted"}
    shown = signed_in.get(answer.url).content.decode()
    assert "已保存" in shown
    signed_in.post("/me/settings/", {"form": "mails", "scheduled": "on", "submitted": "on"})
    assert muted(carol.user) == set()


def test_the_name_is_shown_and_cannot_be_changed_here(signed_in, carol):
    shown = signed_in.get("/me/settings/").content.decode()
    assert "纸上行舟" in shown
    assert "只有编辑可以修改" in shown
    signed_in.post("/me/settings/", {"form": "byline", "bio": "修网线的人。", "name": "新名字"})
    carol.refresh_from_db()
    assert (carol.name, carol.bio) == ("纸上行舟", "修网线的人。")


def test_a_portrait_is_taken_in_shown_and_removed(signed_in, carol):
    upload = SimpleUploadedFile("我.png", picture_bytes(), "image/png")
    signed_in.post("/me/settings/", {"form": "byline", "bio": "", "avatar": upload})
    carol.refresh_from_db()
    assert carol.avatar.url in signed_in.get("/me/settings/").content.decode()
    signed_in.post("/me/settings/", {"form": "byline", "bio": "", "remove_avatar": "on"})
    carol.refresh_from_db()
    assert carol.avatar is None


@pytest.mark.parametrize("content", [b"GIF89a", b"<svg onload=alert(1)>", b"\x00" * 100])
def test_what_is_no_picture_is_refused_beside_its_field(signed_in, carol, content):
    upload = SimpleUploadedFile("x.png", content, "image/png")
    answer = signed_in.post("/me/settings/", {"form": "byline", "bio": "新的", "avatar": upload})
    assert answer.status_code == 200
    assert 'id="id_avatar_error"' in answer.content.decode()
    carol.refresh_from_db()
    assert carol.bio == ""


def test_hostile_words_come_out_harmless(signed_in, carol, client):
    bio = '<script>alert(1)</script>"\u0000\ud7ff\r\n修网线'
    signed_in.post("/me/settings/", {"form": "byline", "bio": bio})
    shown = signed_in.get("/me/settings/").content.decode()
    assert "<script>alert" not in shown


def test_who_has_no_byline_is_told_when_it_is_made(client, sam):
    client.login(email=sam.email, password=PASSWORD)
    shown = client.get("/me/settings/").content.decode()
    assert "第一次投稿时" in shown
    assert client.post("/me/settings/", {"form": "byline", "bio": "x"}).status_code == 200


def test_the_built_in_terms_hold_until_there_are_others(client, db):
    shown = client.get("/submit/terms/").content.decode()
    assert "著作权仍归你所有" in shown
    assert "第0版" in shown
    assert "拾页" in shown


def test_the_terms_in_force_stand_first_and_older_ones_stay(client, db):
    Terms.objects.create(number=1, text="一、旧的规定\n\n旧的<script>条文</script>。")
    Terms.objects.create(number=2, text="一、新的规定\n\n新的条文。")
    shown = client.get("/submit/terms/").content.decode()
    assert shown.index("新的条文") < shown.index("旧的")
    assert "<script>条文" not in shown
    assert "第2版" in shown
    assert "第1版" in shown


def test_devices_are_listed_and_the_others_signed_out(client, sam):
    from allauth.account.models import EmailAddress
    from django.test import Client

    EmailAddress.objects.create(user=sam, email=sam.email, verified=True, primary=True)
    other = Client(headers={"User-Agent": "Other browser"})
    for one in (client, other):
        one.post("/accounts/login/", {"login": sam.email, "password": PASSWORD})
    shown = client.get("/accounts/sessions/").content.decode()
    assert "Other browser" in shown
    assert "当前设备" in shown
    answer = client.post("/accounts/sessions/", follow=True)
    assert "其他设备均已退出登录" in answer.content.decode()
    assert other.get("/me/settings/").status_code == 302
    assert client.get("/me/settings/").status_code == 200
