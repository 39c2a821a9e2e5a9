"""Files that parties hand in: what is taken, how it is kept, and who may open it."""

import hashlib
import io
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from articles.models import User
from moderation.models import (
    Case,
    CounterNotice,
    Event,
    Evidence,
    EvidenceKind,
    Happening,
    Party,
    Role,
    Step,
)
from moderation.services import evidence as service
from moderation.services.answering import file_counter
from moderation.services.intake import attach_evidence
from moderation.services.parties import contributor_party
from moderation.views.attachments import as_attachment
from tests.moderation.making import COUNTER, decided, measured, staged, submitted, under_review

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj"


def attach(case: Case, *rows: Evidence) -> list[Evidence]:
    assert case.claimant is not None
    return attach_evidence(case, case.claimant, [row.pk for row in rows])


def sent(data: bytes, name: str = "x.bin") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def picture(fmt: str, size: tuple[int, int] = (40, 30), **options) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "#285").save(buffer, fmt, **options)
    return buffer.getvalue()


def kept(row: Evidence) -> bytes:
    with storages["private"].open(row.path) as opened:
        return bytes(opened.read())


# --- What is taken --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "name", "media_type", "extension"),
    [
        (picture("JPEG"), "a.pdf", "image/jpeg", "jpg"),
        (picture("PNG"), "a.exe", "image/jpeg", "jpg"),
        (picture("WEBP"), "a.txt", "image/jpeg", "jpg"),
        (PDF, "a.jpg", "application/pdf", "pdf"),
        ("底稿：第一稿\r\n".encode(), "a.html", "text/plain", "txt"),
        ("\ufeff底稿".encode(), "a", "text/plain", "txt"),
        ("底稿，繁體".encode("gb18030"), "a.doc", "text/plain", "txt"),
        (b"<script>alert(1)</script>", "a.svg", "text/plain", "txt"),
    ],
)
def test_content_decides_what_a_file_is(data, name, media_type, extension):
    row = service.stage(sent(data, name), EvidenceKind.RIGHT, is_shareable=True)
    assert (row.media_type, row.path.rpartition(".")[2]) == (media_type, extension)
    assert row.name == f"a.{extension}"
    assert row.sent_sha256 == hashlib.sha256(data).hexdigest()
    assert row.sha256 == hashlib.sha256(kept(row)).hexdigest()
    assert row.size == len(kept(row))
    assert (row.case, row.is_shareable) == (None, True)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04 an archive",
        b"MZ\x90\x00",
        b"GIF89a" + b"\x00" * 20,
        b"text with \x00 in it",
        "文字\x1b[31m".encode(),
        "文字\x85".encode(),
        "UTF-16 text".encode("utf-16"),
        b"\xff\xfe\xfd\xfc\xfb",
        picture("JPEG")[:200],
        picture("BMP"),
    ],
)
def test_everything_else_is_refused(data):
    with pytest.raises(ValidationError):
        service.stage(sent(data, "proof.pdf"), EvidenceKind.RIGHT)
    assert not Evidence.objects.exists()


def test_long_screenshots_keep_their_size():
    row = service.stage(sent(picture("PNG", (1080, 9000))), EvidenceKind.RIGHT)
    assert Image.open(io.BytesIO(kept(row))).size == (1080, 9000)


def test_decompression_bombs_are_refused_with_advice():
    with pytest.raises(ValidationError, match=r"PDF"):
        service.stage(sent(picture("PNG", (8000, 6000))), EvidenceKind.RIGHT)


def test_pictures_lose_their_metadata_and_whatever_hangs_on_them():
    exif = Image.Exif()
    exif[0x9286] = "taken at home"
    data = picture("JPEG", exif=exif) + b"<?php echo 1 ?>"
    row = service.stage(sent(data), EvidenceKind.RIGHT)
    assert b"taken at home" not in kept(row)
    assert b"php" not in kept(row)


def test_pdf_and_text_are_kept_as_they_were_sent():
    for data in (PDF, "底稿".encode("gb18030")):
        row = service.stage(sent(data), EvidenceKind.RIGHT)
        assert kept(row) == data
        assert row.sha256 == row.sent_sha256


def test_files_have_random_names_in_the_private_storage():
    row = service.stage(sent(PDF, "../../etc/证明 \u202e<b>.pdf\x00"), EvidenceKind.RIGHT)
    folder, shelf, name = row.path.split("/")
    assert (folder, shelf) == ("evidence", name[:2])
    assert len(name) == 32 + len(".pdf")
    assert row.name == "证明 b.pdf"
    assert not storages["default"].exists(row.path)


@pytest.mark.parametrize("kind", [EvidenceKind.IDENTITY, EvidenceKind.AUTHORISATION])
def test_what_proves_an_identity_is_never_shareable(kind):
    row = service.stage(sent(PDF), kind, is_shareable=True)
    service.set_shareable([row], is_shareable=True)
    row.refresh_from_db()
    assert row.is_shareable is False


# --- Limits ---------------------------------------------------------------------------------
def test_a_file_is_at_most_ten_megabytes():
    with pytest.raises(ValidationError, match="10"):
        service.stage(sent(PDF + b" " * service.FILE_BYTES), EvidenceKind.RIGHT)


def test_ten_files_are_taken_and_each_further_one_is_named():
    uploads = [sent(PDF, f"{n}.pdf") for n in range(12)]
    rows, refused = service.stage_all(uploads, EvidenceKind.RIGHT)
    assert len(rows) == 10
    assert len(refused) == 2
    assert refused[0].startswith("10")


def test_files_staged_before_count_as_well():
    before = [staged() for _n in range(9)]
    rows, refused = service.stage_all([sent(PDF)] * 2, EvidenceKind.RIGHT, beside=before)
    assert (len(rows), len(refused)) == (1, 1)


def test_files_are_at_most_forty_megabytes_together():
    row = staged()
    Evidence.objects.update(size=service.ALL_BYTES - 10)
    row.refresh_from_db()
    with pytest.raises(ValidationError, match="40"):
        service.require_room([row], more=11)
    service.require_room([row], more=10)


def test_what_a_party_has_handed_in_counts(article):
    case = under_review(article)
    rows, refused = service.stage_all([sent(PDF)] * 10, EvidenceKind.RIGHT, party=case.claimant)
    assert (len(rows), len(refused)) == (9, 1)
    one_more = staged()
    with pytest.raises(ValidationError):
        attach(case, *rows, one_more)
    assert len(attach(case, *rows)) == 9


def test_one_bad_file_does_not_take_the_others_along():
    uploads = [sent(PDF, "好.pdf"), sent(b"\x00", "坏.pdf"), sent(PDF, "也好.pdf")]
    rows, refused = service.stage_all(uploads, EvidenceKind.RIGHT)
    assert [row.name for row in rows] == ["好.pdf", "也好.pdf"]
    assert len(refused) == 1
    assert refused[0].startswith("坏")


# --- Tokens ---------------------------------------------------------------------------------
def test_tokens_bring_staged_files_back():
    one, two = staged(), staged()
    tokens = [service.token_of(two), service.token_of(one), service.token_of(two)]
    assert service.evidence_of_tokens(tokens) == [two, one]


def test_forged_stale_and_used_tokens_are_passed_over(article, time_machine):
    row = staged()
    token = service.token_of(row)
    assert service.evidence_of_tokens([f"{row.pk}:abc", "", token[:-1], "x" * 5000]) == []
    time_machine.move_to(timezone.now() + service.STAGED_FOR + timedelta(minutes=1))
    assert service.evidence_of_tokens([token]) == []
    time_machine.move_to(timezone.now() - service.STAGED_FOR)
    submitted(article, evidence=[row.pk])
    assert service.evidence_of_tokens([token]) == []


def test_sharing_follows_what_was_ticked_last():
    row = staged(shareable=False)
    service.set_shareable([row], is_shareable=True)
    row.refresh_from_db()
    assert row.is_shareable


# --- Clearing up ----------------------------------------------------------------------------
def test_stale_files_are_dropped_and_others_stay(article, django_capture_on_commit_callbacks):
    old, new, used = (service.stage(sent(PDF), EvidenceKind.RIGHT) for _n in range(3))
    attach(under_review(article), used)
    Evidence.objects.exclude(pk__in=[old.pk, new.pk, used.pk]).filter(case=None).delete()
    long_ago = timezone.now() - timedelta(hours=73)
    Evidence.objects.exclude(pk=new.pk).update(added_at=long_ago)
    with django_capture_on_commit_callbacks() as callbacks:
        assert service.drop_stale() == 1
    assert storages["private"].exists(old.path)  # Until the commit.
    for callback in callbacks:
        callback()
    assert not storages["private"].exists(old.path)
    assert storages["private"].exists(new.path)
    assert storages["private"].exists(used.path)
    assert service.drop_stale() == 0


def test_drop_leaves_what_a_case_has(article, django_capture_on_commit_callbacks):
    one, used = staged(), staged()
    attach(under_review(article), used)
    before = Evidence.objects.count()
    with django_capture_on_commit_callbacks(execute=True):
        service.drop([one, used])
    assert Evidence.objects.count() == before - 1
    assert not Evidence.objects.filter(pk=one.pk).exists()


# --- Who may open ---------------------------------------------------------------------------
def opens(row: Evidence, **who) -> bool:
    row = Evidence.objects.get(pk=row.pk)
    try:
        service.open_evidence(row, **who).close()
    except PermissionDenied:
        return False
    return True


def added(case, kind=EvidenceKind.RIGHT, *, shareable=True) -> Evidence:
    return attach(case, staged(kind, shareable=shareable))[0]


def test_ladder_of_the_claimants_files(article, eddie, mona, sam):
    case = under_review(article)
    row = added(case)
    stranger = Party.objects.create(case=case, role=Role.CLAIMANT, created_at=timezone.now())
    assert not opens(row)
    assert not opens(row, by=sam)
    assert not opens(row, by=eddie)
    assert not opens(row, party=stranger)
    assert opens(row, by=mona)
    assert opens(row, party=case.claimant)


def test_staged_files_are_nobodys(mona):
    assert not opens(staged(), by=mona)


def test_contributor_gets_what_may_be_passed_on_once_told(article, carol, mona):
    case = under_review(article)
    shared, own = added(case), added(case, shareable=False)
    identity = added(case, EvidenceKind.IDENTITY)
    assert not opens(shared, by=carol.user)
    contributor_party(case, article)
    assert not opens(shared, by=carol.user)
    decided(case, mona, Step.MEASURE)
    assert opens(shared, by=carol.user)
    assert not opens(own, by=carol.user)
    assert not opens(identity, by=carol.user)


def test_claimant_gets_the_counter_statements_files_once_forwarded(article, carol, mona):
    item = measured(article, mona)
    row = staged(EvidenceKind.COUNTER)
    file_counter(item, carol.user, dict(COUNTER), evidence=[row.pk])
    assert opens(row, by=carol.user)
    assert not opens(row, party=item.case.claimant)
    decided(item.case, mona, Step.FORWARD)
    assert CounterNotice.objects.get().forwarded_at is not None
    assert opens(row, party=item.case.claimant)
    Evidence.objects.filter(pk=row.pk).update(is_shareable=False)
    assert not opens(row, party=item.case.claimant)
    assert opens(row, by=carol.user)


def test_identity_documents_need_their_permission_and_each_view_is_recorded(article, mona):
    case = under_review(article)
    row = added(case, EvidenceKind.IDENTITY)
    group = mona.groups.get()
    assert opens(row, by=mona)
    event = Event.objects.get(event=Happening.IDENTITY_VIEWED)
    assert (event.actor, event.payload["evidence"]) == (f"u{mona.pk}", row.pk)
    assert opens(row, party=case.claimant)
    assert opens(added(case), by=mona)
    assert Event.objects.filter(event=Happening.IDENTITY_VIEWED).count() == 1
    group.permissions.remove(group.permissions.get(codename="view_identity"))
    assert not opens(row, by=User.objects.get(pk=mona.pk))


def test_staff_who_are_a_party_see_what_the_party_sees(article, carol, mona):
    carol.user = mona
    carol.save()
    case = under_review(article)
    shared, identity = added(case), added(case, EvidenceKind.IDENTITY)
    assert not opens(shared, by=mona)
    assert not opens(identity, by=mona)


def test_erased_evidence_is_gone(article):
    case = under_review(article)
    row = added(case)
    Evidence.objects.filter(pk=row.pk).update(path="", name="", erased_at=timezone.now())
    with pytest.raises(FileNotFoundError):
        service.open_evidence(Evidence.objects.get(pk=row.pk), party=case.claimant)


# --- How it leaves --------------------------------------------------------------------------
def test_attachments_can_only_be_saved(article):
    row = service.stage(sent(b"<script>alert(1)</script>", "说明.html"), EvidenceKind.RIGHT)
    response = as_attachment(row, storages["private"].open(row.path))
    assert response["Content-Type"] == "text/plain"
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "no-store" in response["Cache-Control"]
    response.close()
