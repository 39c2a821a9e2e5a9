"""Pictures and private files in an S3-compatible store: a real one (moto's server) on loopback."""

import logging
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client
from environs import Env
from moto.server import ThreadedMotoServer

from articles.models import Article, Picture, Scope, User
from articles.services import private_files
from articles.services.pictures import add_picture, delete_picture, source_of
from articles.services.publishing import revise
from articles.services.replacing import replace_picture
from articles.services.restrictions import lift, restrict
from config.outside import s3_storages
from tests.articles.desk import png

PUBLIC, PRIVATE = "site-pictures", "site-private"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def store(server: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The site's two buckets, empty, as the settings make them from the environment."""
    for name, value in {
        "MEDIA_S3_BUCKET": PUBLIC,
        "MEDIA_S3_PRIVATE_BUCKET": PRIVATE,
        "MEDIA_S3_ENDPOINT": server,
        "MEDIA_S3_REGION": "us-east-1",
        "MEDIA_S3_ACCESS_KEY": "key",
        "MEDIA_S3_SECRET_KEY": "secret",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client(
        "s3", endpoint_url=server, region_name="us-east-1",
        aws_access_key_id="key", aws_secret_access_key="secret",
    )  # fmt: skip
    for bucket in (PUBLIC, PRIVATE):
        client.create_bucket(Bucket=bucket)
    settings.STORAGES = {**settings.STORAGES, **s3_storages(Env())}
    yield client
    for bucket in (PUBLIC, PRIVATE):
        for item in client.list_objects_v2(Bucket=bucket).get("Contents", []):
            client.delete_object(Bucket=bucket, Key=item["Key"])
        client.delete_bucket(Bucket=bucket)
    for name in ("default", "private"):
        storages[name].connection.meta.client.close()
    client.close()


def status_of(client: Client, url: str) -> int:
    response = client.get(url)
    response.close()
    return response.status_code


def keys(client: Any, bucket: str) -> set[str]:
    """Return what lies in a bucket, but for the pictures for sharing that publishing draws."""
    listed = client.list_objects_v2(Bucket=bucket).get("Contents", [])
    return {item["Key"] for item in listed if not item["Key"].startswith("cards/")}


def test_half_a_configuration_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert s3_storages(Env()) == {}
    monkeypatch.setenv("MEDIA_S3_BUCKET", "one")
    with pytest.raises(ImproperlyConfigured, match="two different buckets"):
        s3_storages(Env())
    monkeypatch.setenv("MEDIA_S3_PRIVATE_BUCKET", "one")
    with pytest.raises(ImproperlyConfigured, match="two different buckets"):
        s3_storages(Env())


def test_private_files_are_written_read_and_deleted(store: Any) -> None:
    path = private_files.store("proofs/a.pdf", b"%PDF-1.7")
    assert (path, keys(store, PRIVATE), keys(store, PUBLIC)) == (path, {"proofs/a.pdf"}, set())
    assert store.get_object(Bucket=PRIVATE, Key=path)["CacheControl"] == "no-store"
    with storages["private"].open(path) as file:
        assert file.read() == b"%PDF-1.7"
    storages["private"].delete(path)
    storages["private"].delete(path)
    assert not storages["private"].exists(path)


def test_what_is_missing_is_missing_as_on_disk(store: Any) -> None:
    """The services rely on these, whatever the storage."""
    storage = storages["default"]
    for ask in (storage.open, storage.size, storage.get_modified_time):
        with pytest.raises(FileNotFoundError):
            ask("pictures/aa/none.jpg")
    assert storage.listdir("pictures/aa") == ([], [])
    storage.save("pictures/aa/one.jpg", ContentFile(b"1"))
    assert storage.listdir("pictures/aa") == ([], ["one.jpg"])


@pytest.mark.django_db(transaction=True)
def test_a_picture_lives_in_the_store(store: Any, client: Client, chloe: User) -> None:
    picture = add_picture(chloe, png(size=(640, 480)))
    picture.refresh_from_db()
    there = {f"{picture.folder}/{picture.file}", *(item["file"] for item in picture.renditions)}
    assert len(there) > 1
    assert keys(store, PUBLIC) == there
    assert keys(store, PRIVATE) == set()
    kept = store.head_object(Bucket=PUBLIC, Key=f"{picture.folder}/{picture.file}")
    assert kept["ContentType"] == "image/jpeg"
    assert "immutable" in kept["CacheControl"]

    response = client.get(picture.url)
    assert b"".join(response) == source_of(picture)  # type: ignore[call-overload]
    response.close()
    assert response["Content-Type"] == "image/jpeg"
    again = client.get(picture.url, headers={"If-Modified-Since": response["Last-Modified"]})
    assert again.status_code == 304

    old = picture.url
    replace_picture(picture, chloe, png(size=(330, 200)))
    assert status_of(client, old) == 301
    picture.refresh_from_db()
    assert old.removeprefix("/media/") not in keys(store, PUBLIC)
    assert status_of(client, picture.url) == 200


@pytest.mark.django_db(transaction=True)
def test_a_withheld_picture_leaves_the_bucket_that_may_be_read(
    store: Any, client: Client, chloe: User, article: Article
) -> None:
    picture = add_picture(chloe, png(size=(640, 480)))
    body = f'<p><img src="{picture.url}" alt="bowl"></p>'
    article = revise(article, None, {"body": body})
    there = keys(store, PUBLIC)
    measure = restrict(article, None, Scope.IMAGE, reference="TS-2026-000001", picture=picture)
    assert (keys(store, PUBLIC), keys(store, PRIVATE)) == (set(), there)
    assert status_of(client, picture.url) == 451
    for key in there:
        with pytest.raises(ClientError):
            store.head_object(Bucket=PUBLIC, Key=key)
    lift(measure, None)
    assert (keys(store, PUBLIC), keys(store, PRIVATE)) == (there, set())
    assert status_of(client, picture.url) == 200


@pytest.mark.django_db(transaction=True)
def test_a_picture_that_nothing_uses_leaves_nothing(store: Any, chloe: User) -> None:
    picture = add_picture(chloe, png(size=(640, 480)))
    Picture.objects.update(created_at="2020-01-01T00:00:00Z")
    delete_picture(picture, chloe)
    assert keys(store, PUBLIC) | keys(store, PRIVATE) == set()
