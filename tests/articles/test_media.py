from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils.http import http_date, parse_http_date
from PIL import Image

from articles.models import Picture, Scope
from articles.services.pictures import add_picture
from articles.services.publishing import create_article
from articles.services.restrictions import lift, restrict


@pytest.fixture
def picture(db):
    buffer = BytesIO()
    Image.new("RGB", (60, 40), (1, 2, 3)).save(buffer, "PNG")
    return add_picture(None, ContentFile(buffer.getvalue(), name="a.png"))


def closed(response):
    """Close a response's file; close() itself would also end the test's database connection."""
    for close in response._resource_closers:
        close()
    return response


def status(response):
    return closed(response).status_code


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("original.jpg", "image/jpeg"),
        ("full-60.avif", "image/avif"),
        ("full-60.webp", "image/webp"),
    ],
)
def test_files_are_served_for_good(client, picture, name, kind, django_assert_num_queries):
    with django_assert_num_queries(1):
        response = client.get(f"/media/{picture.folder}/{name}")
    content = response.getvalue()
    assert response.status_code == 200
    assert response["Content-Type"] == kind
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert len(content) == int(response["Content-Length"])
    assert Image.MIME[Image.open(BytesIO(content)).format] == kind


def test_unchanged_files_are_not_sent_again(client, picture):
    first = closed(client.get(picture.url))
    again = client.get(picture.url, headers={"If-Modified-Since": first["Last-Modified"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again["Cache-Control"] == first["Cache-Control"]
    earlier = http_date(parse_http_date(first["Last-Modified"]) - 60)
    assert status(client.get(picture.url, headers={"If-Modified-Since": earlier})) == 200
    assert parse_http_date(first["Last-Modified"]) <= datetime.now(UTC).timestamp()


def test_head_and_post(client, picture):
    assert status(client.head(picture.url)) == 200
    assert client.post(picture.url).status_code == 405


def test_what_is_not_a_pictures_file_is_not_found(client, picture, settings):
    storages["default"].save("secret.txt", ContentFile(b"secret"))
    storages["default"].save(f"{picture.folder}/secret.html", ContentFile(b"secret"))
    folder = picture.folder
    for path in (
        "", "secret.txt", "pictures", "pictures/", folder, f"{folder}/", f"{folder}/..",
        f"{folder}/secret.html", f"{folder}/full-61.webp", f"{folder}/../../../secret.txt",
        f"{folder}/%2e%2e/%2e%2e/%2e%2e/secret.txt", f"{folder}/..%5c..%5csecret.txt",
        f"{folder}//original.jpg", f"{folder}/original.jpg%00", f"{folder}/original.jpg%0a",
        "pictures/00/" + "0" * 24 + "/original.jpg", "/etc/passwd", "//etc/passwd",
        f"pictures/zz/{picture.key}/original.jpg",
    ):  # fmt: skip
        assert client.get(f"/media/{path}").status_code == 404, path


def test_a_file_without_its_row_is_not_found(client, picture):
    Picture.objects.all().delete()
    assert client.get(picture.url).status_code == 404


def test_a_withheld_picture_answers_451(client, picture, carol, django_assert_num_queries):
    article = create_article(
        None, title="有图", body=f'<p><img src="{picture.url}"></p>', contributor=carol
    )
    measure = restrict(article, None, Scope.IMAGE, reference="TS-2026-000001", picture=picture)
    for name in ("original.jpg", "full-60.avif"):
        with django_assert_num_queries(2):
            response = client.get(f"/media/{picture.folder}/{name}")
        assert response.status_code == 451
        assert response["Cache-Control"] == "no-store"
        assert response["Link"] == '<http://testserver/>; rel="blocked-by"'
        assert response["Content-Type"] == "text/plain; charset=utf-8"
        assert "权利人通知" in response.content.decode()
    lift(measure, None)
    assert status(client.get(picture.url)) == 200


def test_a_picture_that_is_gone_answers_410(client, picture, carol):
    body = f'<p><img src="{picture.url}"></p>'
    article = create_article(None, title="有图", body=body, contributor=carol)
    for number, status_code in enumerate((451, 410)):
        reference = f"TS-2026-00000{number}"
        restrict(
            article, None, Scope.IMAGE, reference=reference, picture=picture,
            http_status=status_code,
        )  # fmt: skip
    response = client.get(picture.url)
    assert response.status_code == 410
    assert "Link" not in response


def test_a_withheld_picture_answers_451_before_its_files_have_moved(client, picture):
    first = closed(client.get(picture.url))
    seen = first["Last-Modified"]
    Picture.objects.update(is_withheld=True)
    assert storages["default"].exists(f"{picture.folder}/{picture.file}")
    assert client.get(picture.url).status_code == 451
    assert client.get(picture.url, headers={"If-Modified-Since": seen}).status_code == 451
