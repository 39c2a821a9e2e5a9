import json
import zipfile
from io import BytesIO

import pytest
from allauth.account.models import EmailAddress
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from submissions.models import Submission
from submissions.services import export
from submissions.services.drafting import add_own_picture, save_draft
from submissions.services.receipts import verify
from submissions.services.reviewing import accept, ask_chief, remark, return_to_author
from tests.browser.helpers import picture_bytes
from tests.conftest import PASSWORD
from tests.submissions.making import draft_by, sent_by


def upload(name="图.png", **how):
    return SimpleUploadedFile(name, picture_bytes(**how), "image/png")


@pytest.fixture
def busy_carol(carol, technology, eddie):
    """Carol with a returned text, an accepted one, a draft with a picture, and a second address."""
    EmailAddress.objects.create(
        user=carol.user, email=carol.user.email, verified=True, primary=True
    )
    row = sent_by(carol, technology)
    remark(row, eddie, "哪一年？", quote="老房子的第二个月")
    row = return_to_author(row, eddie, version=row.version, note="补事实。")
    row = sent_by(carol, technology, title="第二篇<b>")
    ask_chief(row, eddie, version=row.version, note="内部：主编看看")
    row.refresh_from_db()
    picture = add_own_picture(carol.user, upload(), alt="插座")
    body = f'<p>看图。</p><figure><img src="{picture.url}" alt="插座"></figure>'
    draft = draft_by(carol.user, technology, title="草稿一篇")
    save_draft(draft, carol.user, {"body": body}, version=draft.version)
    return carol.user


def unpacked(user):
    with export.export_account(user) as file:
        return zipfile.ZipFile(BytesIO(file.read()))


def data_of(archive):
    return json.loads(archive.read("data.json"))


def test_the_archive_holds_account_texts_and_files(busy_carol):
    archive = unpacked(busy_carol)
    assert archive.testzip() is None
    data = data_of(archive)
    assert data["account"]["email"] == "carol@example.com"
    assert data["account"]["byline"]["name"] == "纸上行舟"
    assert data["account"]["addresses"] == [{"email": "carol@example.com", "verified": True}]
    assert {row["title"] for row in data["submissions"]} == {
        "老房子的插座怎么理", "第二篇<b>", "草稿一篇",
    }  # fmt: skip
    names = set(archive.namelist())
    for row in data["submissions"]:
        assert {f"submissions/{row['number']}.{kind}" for kind in ("json", "html")} <= names
    assert [p["description"] for p in data["pictures"]] == ["插座"]
    picture = data["pictures"][0]["file"]
    assert Image.open(BytesIO(archive.read(picture))).size == (640, 420)


def test_a_submission_comes_whole(busy_carol):
    archive = unpacked(busy_carol)
    number = Submission.objects.get(title="老房子的插座怎么理").pk
    row = json.loads(archive.read(f"submissions/{number}.json"))
    assert row["versions"][0]["title"] == "老房子的插座怎么理"
    assert [line["note"] for line in row["timeline"]] == ["", "", "补事实。"]
    assert row["remarks"][0]["quote"] == "老房子的第二个月"
    document = row["receipts"][0]
    assert verify(document["payload"], document["signature"])
    name = f"receipts/{number}-{document['payload']['version']}.json"
    assert json.loads(archive.read(name)) == document


def test_what_editors_say_among_themselves_and_who_they_are_stays_out(busy_carol):
    archive = unpacked(busy_carol)
    everything = b"".join(archive.read(name) for name in archive.namelist()).decode(
        "utf-8", "replace"
    )
    assert "补事实。" in everything
    for secret in ("内部：", "eddie", "Eddie", "md5$", "password"):
        assert secret not in everything


def test_unsent_remarks_stay_out(carol, technology, eddie):
    row = sent_by(carol, technology)
    remark(row, eddie, "还没发出的意见")
    archive = unpacked(carol.user)
    assert all("还没发出" not in archive.read(n).decode("utf-8") for n in archive.namelist())


def test_pages_are_harmless_and_point_at_the_pictures_beside_them(busy_carol):
    archive = unpacked(busy_carol)
    index = archive.read("index.html").decode()
    assert "第二篇&lt;b&gt;" in index
    assert "<script" not in index
    number = Submission.objects.get(title="草稿一篇").pk
    page = archive.read(f"submissions/{number}.html").decode()
    name = data_of(archive)["pictures"][0]["file"]
    assert f'src="../{name}"' in page


def test_others_texts_stay_out(busy_carol, sam, technology):
    draft_by(sam, technology, title="山姆的草稿")
    assert "山姆" not in unpacked(busy_carol).read("data.json").decode()
    assert data_of(unpacked(sam))["account"]["byline"] is None
    assert len(data_of(unpacked(sam))["submissions"]) == 1


def test_proofs_come_as_files(carol, technology):
    draft = draft_by(carol.user, technology)
    storages["private"].save("proofs/abc.pdf", ContentFile(b"%PDF-1.4 licence"))
    fields = {"proof": "proofs/abc.pdf", "proof_name": "授权书.pdf"}
    save_draft(draft, carol.user, fields, version=draft.version)
    assert unpacked(carol.user).read(f"proofs/{draft.pk}.pdf") == b"%PDF-1.4 licence"


def test_a_withheld_picture_is_listed_without_its_file(carol):
    picture = add_own_picture(carol.user, upload())
    type(picture).objects.filter(pk=picture.pk).update(is_withheld=True)
    archive = unpacked(carol.user)
    assert data_of(archive)["pictures"][0]["withheld"] is True
    assert not [name for name in archive.namelist() if name.startswith("pictures/")]


def test_a_lost_file_does_not_spoil_the_rest(carol):
    picture = add_own_picture(carol.user, upload())
    storages["default"].delete(f"{picture.folder}/{picture.file}")
    assert data_of(unpacked(carol.user))["pictures"][0]["file"] == ""


def test_there_is_a_limit_to_pictures(carol, monkeypatch):
    monkeypatch.setattr(export, "PICTURE_BYTES_AT_MOST", 10)
    add_own_picture(carol.user, upload())
    assert data_of(unpacked(carol.user))["pictures"][0]["file"] == ""


def test_articles_come_with_their_reads(carol, technology, eddie):
    row = sent_by(carol, technology)
    accept(row, eddie, version=row.version)
    article = data_of(unpacked(carol.user))["articles"][0]
    assert article["title"] == "老房子的插座怎么理"
    assert article["reads"] == 0
    assert article["address"].startswith("http://testserver/p/")


# --- The page ---------------------------------------------------------------------------------
def sign_in(client, user):
    EmailAddress.objects.get_or_create(user=user, email=user.email, verified=True, primary=True)
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})


def content_of(response):
    """Return a download, read to its end, at which its file is closed."""
    return BytesIO(b"".join(response.streaming_content))


def confirm(client):
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def test_the_page_explains_and_the_password_is_asked_first(client, sam):
    sign_in(client, sam)
    assert "下载我的数据" in client.get("/me/data/").content.decode()
    refused = client.post("/me/data/")
    assert refused.status_code == 302
    assert refused.url.startswith("/accounts/reauthenticate/")
    followed = client.post(refused.url, {"password": PASSWORD})
    assert followed["Content-Type"] == "application/zip"
    assert "data.json" in zipfile.ZipFile(content_of(followed)).namelist()


def test_the_download_is_a_file_that_is_kept_nowhere(client, busy_carol):
    sign_in(client, busy_carol)
    confirm(client)
    response = client.post("/me/data/")
    assert response["Content-Type"] == "application/zip"
    assert "attachment" in response["Content-Disposition"]
    assert "no-store" in response["Cache-Control"]
    assert "data.json" in zipfile.ZipFile(content_of(response)).namelist()


def test_five_downloads_a_day_are_enough(client, sam):
    sign_in(client, sam)
    confirm(client)
    for _ in range(5):
        response = client.post("/me/data/")
        assert response.status_code == 200
        content_of(response)
    assert client.post("/me/data/").status_code == 429
