import pytest
from django.test import Client

from articles.models import Picture
from tests.articles.desk import png

pytestmark = pytest.mark.django_db
URL = "/admin/articles/picture/upload/"


def test_the_ladder(client, sam, mona, eddie):
    assert client.post(URL, {"upload": png()}).status_code == 403
    for person in (sam, mona):
        client.force_login(person)
        response = client.post(URL, {"upload": png()})
        assert response.status_code == 403
        assert response.json()["uploaded"] == 0
    assert not Picture.objects.exists()
    client.force_login(eddie)
    assert client.get(URL).status_code == 405


def test_a_picture_is_taken_and_its_address_told(client, eddie):
    client.force_login(eddie)
    answer = client.post(URL, {"upload": png()}).json()
    picture = Picture.objects.get()
    assert answer == {
        "uploaded": 1, "fileName": picture.name, "url": picture.url, "id": picture.pk, "alt": "",
    }  # fmt: skip
    assert picture.uploaded_by == eddie


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), ("a.png", b""), ("a.png", b"x" * 99)],
)
def test_what_is_no_picture_is_refused_in_chinese(client, eddie, name, data):
    client.force_login(eddie)
    response = client.post(URL, {"upload": png(name=name, data=data)})
    assert response.status_code == 200
    answer = response.json()
    assert answer["uploaded"] == 0
    assert any("\u4e00" <= char <= "\u9fff" for char in answer["error"]["message"])
    assert not Picture.objects.exists()


def test_no_file(client, eddie):
    client.force_login(eddie)
    assert client.post(URL).json()["uploaded"] == 0


def test_it_asks_for_the_token(eddie):
    client = Client(enforce_csrf_checks=True)
    client.force_login(eddie)
    assert client.post(URL, {"upload": png()}).status_code == 403
    assert not Picture.objects.exists()
    page = client.get("/admin/articles/article/add/")
    token = page.context["csrf_token"]
    response = client.post(URL, {"upload": png()}, headers={"X-CSRFToken": str(token)})
    assert response.json()["uploaded"] == 1


def test_the_stock_upload_views_are_not_mounted(client, eddie):
    client.force_login(eddie)
    for path in ("/ckeditor/upload/", "/ckeditor/browse/"):
        assert client.get(path).status_code == 404
