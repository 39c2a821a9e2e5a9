import io
import json

import pytest
from django.core.management import call_command

from submissions.models import Receipt, SubmissionVersion
from submissions.services.receipts import issue, receipt_document, sign, verify
from tests.submissions.making import sent_by


@pytest.fixture
def receipt(carol, technology):
    return Receipt.objects.get(submission=sent_by(carol, technology))


@pytest.fixture
def file(receipt, tmp_path):
    path = tmp_path / "回执.json"
    path.write_text(json.dumps(receipt_document(receipt), ensure_ascii=False, indent=2), "utf-8")
    return path


def run(file, code=0):
    """Return what the command says, having seen that it ends with a code."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("verify_receipt", str(file), stdout=out, stderr=err)
        ended = 0
    except SystemExit as end:
        ended = end.code
    assert ended == code, out.getvalue() + err.getvalue()
    return out.getvalue() + err.getvalue()


def test_a_genuine_receipt_is_confirmed_and_its_text_compared(file, receipt):
    said = run(file)
    assert "Genuine" in said
    assert f"submission {receipt.submission_id}, version {receipt.version}" in said
    assert "is the text that it speaks of" in said


def test_it_is_read_from_standard_input(receipt, monkeypatch):
    text = json.dumps(receipt_document(receipt))
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert "Genuine" in run("-")


def test_it_says_what_was_declared(receipt, carol):
    payload = receipt.payload
    assert payload["byline"] == carol.name
    assert payload["origin"] == "contributed"
    assert payload["ai_text"] == "none"
    assert payload["terms"] == 0
    assert len(payload["text_sha256"]) == 64


@pytest.mark.parametrize(
    ("name", "value"),
    [("byline", "别人"), ("text_sha256", "0" * 64), ("received_at", "2001-01-01T00:00:00+00:00"),
     ("declared_original", True), ("terms", 7), ("more", "x")],
)  # fmt: skip
def test_a_changed_receipt_is_not_genuine(file, name, value):
    document = json.loads(file.read_text("utf-8"))
    document["payload"][name] = value
    file.write_text(json.dumps(document), "utf-8")
    assert "NOT GENUINE" in run(file, 1)


def test_a_foreign_signature_is_not_genuine(file, settings):
    settings.SECRET_KEY = "another site's key, as long as ours was"
    assert "NOT GENUINE" in run(file, 1)


def test_a_former_key_still_counts(file, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the key since last month, as long as the one before"
    assert "Genuine" in run(file)


def test_another_stored_text_is_noticed(file):
    SubmissionVersion.objects.update(body="<p>后来换掉的。</p>")
    assert "ANOTHER text" in run(file, 1)


def test_a_text_that_is_gone_leaves_the_receipt_genuine(file):
    SubmissionVersion.objects.all().delete()
    assert "not stored here any more" in run(file)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"7", b'{"payload": 1, "signature": "x"}', b'{"payload": {}}',
     b'{"payload": {}, "signature": null}', b"\xff\xfe\x00", b"[" * 100_000,
     b'{"payload": {"a": "\\ud800"}, "signature": "x"}'],
)  # fmt: skip
def test_what_is_no_receipt_is_said_to_be_none(db, tmp_path, content):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    assert "This is no receipt" in run(path, 2)


def test_a_file_that_is_not_there_is_said_to_be_missing(db, tmp_path):
    assert "This is no receipt" in run(tmp_path / "nothing.json", 2)


def test_a_signature_of_other_letters_is_not_genuine(receipt):
    assert not verify(receipt.payload, "验")
    assert not verify(receipt.payload, "")
    assert verify(receipt.payload, sign(receipt.payload))


def test_issuing_twice_issues_once(receipt):
    assert issue(receipt.submission).pk == receipt.pk
    assert Receipt.objects.count() == 1


def test_the_download_is_what_the_command_reads(client, receipt, carol, tmp_path):
    client.force_login(carol.user)
    response = client.get(f"/me/submissions/{receipt.submission_id}/receipt/")
    path = tmp_path / "downloaded.json"
    path.write_bytes(response.content)
    assert "Genuine" in run(path)
