from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from articles.models import Picture
from submissions.models import Happening, Standing, State, Submission
from submissions.services import drafting
from submissions.services.drafting import (
    add_own_picture,
    begin,
    begin_again,
    delete_draft,
    describe_own_picture,
    differs,
    save_draft,
)
from submissions.services.guards import ChangedMeanwhileError
from submissions.services.proofs import open_proof, proof_token, read_proof_token, store_proof
from submissions.services.suggesting import suggest_tags
from tests.articles.desk import png
from tests.submissions.making import sent_by

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n%%EOF"


def file(data=PDF, name="授权书.pdf"):
    return SimpleUploadedFile(name, data)


# --- Beginning ------------------------------------------------------------------------------
def test_begins_a_draft_with_its_first_line_of_a_timeline(sam):
    row = begin(sam)
    assert (row.account, row.state, row.version) == (sam, State.DRAFT, 1)
    assert [event.happening for event in row.events.all()] == [Happening.BEGUN]


def test_asked_twice_it_begins_one(sam):
    assert begin(sam) == begin(sam)
    assert Submission.objects.count() == 1


def test_a_draft_with_something_in_it_is_left_alone(sam):
    first = begin(sam)
    save_draft(first, sam, {"note": "稍后写"}, version=1)
    assert begin(sam) != first


def test_there_is_an_end_to_drafts(sam, monkeypatch):
    monkeypatch.setattr(drafting, "DRAFTS_AT_MOST", 1)
    save_draft(begin(sam), sam, {"title": "甲"}, version=1)
    with pytest.raises(ValidationError, match="1篇草稿"):
        begin(sam)


def test_who_is_suspended_begins_nothing(carol):
    until = timezone.now() + timedelta(days=3)
    Standing.objects.create(contributor=carol, suspended_until=until)
    with pytest.raises(ValidationError) as refused:
        begin(carol.user)
    assert refused.value.code == "suspended"


def test_a_change_begins_with_the_article_as_it_is(carol, article):
    row = begin(carol.user, change_of=article)
    assert row.proposes_change
    assert (row.title, row.body, row.tag_names) == (article.title, article.body, article.tag_names)
    assert begin(carol.user, change_of=article) == row


def test_only_ones_own_article_is_changed(sam, article):
    with pytest.raises(PermissionDenied):
        begin(sam, change_of=article)
    assert not Submission.objects.exists()


def test_a_declined_text_can_become_a_new_draft(carol, technology):
    row = sent_by(carol, technology)
    Submission.objects.filter(pk=row.pk).update(state=State.DECLINED)
    row.refresh_from_db()
    draft = begin_again(row, carol.user)
    assert draft.pk != row.pk
    assert (draft.title, draft.body, draft.state) == (row.title, row.body, State.DRAFT)
    assert draft.submitted_at is None
    assert draft.terms is None


def test_not_while_it_waits_and_not_anothers(carol, sam, technology):
    row = sent_by(carol, technology)
    with pytest.raises(ValidationError):
        begin_again(row, carol.user)
    with pytest.raises(PermissionDenied):
        begin_again(row, sam)


# --- Saving ---------------------------------------------------------------------------------
def test_saves_what_is_typed_however_little(sam):
    row = save_draft(begin(sam), sam, {"title": " 腌\n萝卜 ", "body": "<b>甲"}, version=1)
    assert (row.title, row.body, row.version) == ("腌 萝卜", "<p><strong>甲</strong></p>", 2)


def test_saving_the_same_changes_no_version(sam):
    row = save_draft(begin(sam), sam, {"title": "甲"}, version=1)
    assert save_draft(row, sam, {"title": "甲"}, version=2).version == 2
    assert not differs(row, {"title": " 甲 "})
    assert differs(row, {"title": "乙"})


def test_an_older_tab_overwrites_nothing(sam):
    row = begin(sam)
    save_draft(row, sam, {"title": "甲"}, version=1)
    with pytest.raises(ChangedMeanwhileError) as refused:
        save_draft(row, sam, {"title": "乙"}, version=1)
    assert refused.value.current.title == "甲"
    row.refresh_from_db()
    assert row.title == "甲"


def test_only_the_author_saves_and_only_what_is_theirs(sam, carol):
    row = begin(sam)
    with pytest.raises(PermissionDenied):
        save_draft(row, carol.user, {"title": "乙"}, version=1)
    for name in ("state", "contributor", "due_at", "terms"):
        with pytest.raises(TypeError):
            save_draft(row, sam, {name: None}, version=1)


def test_what_waits_is_not_saved_as_a_draft(carol, technology):
    row = sent_by(carol, technology)
    with pytest.raises(ValidationError):
        save_draft(row, carol.user, {"title": "乙"}, version=row.version)


@pytest.mark.parametrize("bad", ["a\x00b", "a\ud800b", "a\ufffeb"])
def test_what_nothing_can_store_is_left_out(sam, bad):
    fields = {"title": bad, "body": bad, "note": bad, "source_name": bad, "tag_names": [bad]}
    row = save_draft(begin(sam), sam, fields, version=1)
    row.refresh_from_db()
    assert (row.title, row.body, row.note, row.tag_names) == ("ab", "<p>ab</p>", "ab", ["ab"])


def test_a_draft_is_deleted_with_its_proof(sam, django_capture_on_commit_callbacks):
    path, name = store_proof(file())
    row = save_draft(begin(sam), sam, {"proof": path, "proof_name": name}, version=1)
    with django_capture_on_commit_callbacks(execute=True):
        delete_draft(row, sam)
    assert not Submission.objects.exists()
    assert not storages["private"].exists(path)


def test_what_was_sent_is_not_deleted(carol, technology):
    with pytest.raises(ValidationError):
        delete_draft(sent_by(carol, technology), carol.user)


# --- Pictures -------------------------------------------------------------------------------
def test_pictures_count_against_ones_quota(sam, monkeypatch):
    picture = add_own_picture(sam, png(), alt="萝卜")
    assert (picture.uploaded_by, picture.alt) == (sam, "萝卜")
    monkeypatch.setattr(drafting, "PICTURE_QUOTA", picture.size + 10)
    with pytest.raises(ValidationError, match="空间不足"):
        add_own_picture(sam, png(size=(321, 200)))
    assert Picture.objects.count() == 1


def test_one_describes_ones_own_picture_until_an_article_shows_it(sam, carol, draft):
    picture = add_own_picture(sam, png())
    describe_own_picture(picture, sam, "一坛")
    picture.refresh_from_db()
    assert picture.alt == "一坛"
    with pytest.raises(PermissionDenied):
        describe_own_picture(picture, carol.user, "两坛")
    draft.cover = picture
    draft.save()
    describe_own_picture(picture, sam, "三坛")
    picture.refresh_from_db()
    assert picture.alt == "一坛"


# --- Proofs ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("授权书.pdf", "授权书.pdf"),
        ("..\\..\\a\x00b.exe", "ab.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ('"><script>.html', "script.pdf"),
        ("", "proof.pdf"),
    ],
)
def test_a_proof_is_kept_in_private_under_a_name_of_ours(name, kept):
    upload = file(name="x")
    upload._name = name
    path, stored = store_proof(upload)
    assert stored == kept
    assert path.startswith("proofs/")
    assert name not in path or not name
    with storages["private"].open(path) as opened:
        assert opened.read() == PDF
    assert not storages["default"].exists(path)


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a", b"<html>%PDF-", b"MZ\x90", b"<svg xmlns='http://www.w3.org/2000/svg'/>"],
)
def test_what_is_no_proof_is_refused(data):
    with pytest.raises(ValidationError):
        store_proof(file(data, "a.pdf"))


def test_a_proof_is_a_picture_by_its_content():
    path, name = store_proof(png(name="a.pdf"))
    assert (path[-4:], name) == (".png", "a.png")


def test_the_largest_proof(monkeypatch):
    monkeypatch.setattr("submissions.services.proofs.PROOF_BYTES", len(PDF))
    store_proof(file())
    with pytest.raises(ValidationError):
        store_proof(file(PDF + b"x"))


def test_a_proof_is_for_its_author_and_reviewers(sam, carol, eddie):
    path, name = store_proof(file())
    row = save_draft(begin(sam), sam, {"proof": path, "proof_name": name}, version=1)
    for person in (sam, eddie):
        opened, kind = open_proof(row, person)
        assert (opened.read(), kind) == (PDF, "application/pdf")
        opened.close()
    with pytest.raises(PermissionDenied):
        open_proof(row, carol.user)


def test_a_token_stands_for_a_proof_of_one_submission(sam, carol):
    row, other = begin(sam), begin(carol.user)
    path, name = store_proof(file())
    token = proof_token(row, path, name)
    assert read_proof_token(token, row) == (path, name)
    assert read_proof_token(token, other) is None
    assert read_proof_token(token + "x", row) is None
    storages["private"].delete(path)
    assert read_proof_token(token, row) is None


def test_another_proof_takes_the_place_of_one_that_was_never_sent(
    sam, django_capture_on_commit_callbacks
):
    first, name = store_proof(file())
    row = save_draft(begin(sam), sam, {"proof": first, "proof_name": name}, version=1)
    second, name = store_proof(file())
    with django_capture_on_commit_callbacks(execute=True):
        save_draft(row, sam, {"proof": second, "proof_name": name}, version=2)
    assert not storages["private"].exists(first)
    assert storages["private"].exists(second)


# --- Tags -----------------------------------------------------------------------------------
def test_suggests_tags_that_occur_in_the_text(article, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert suggest_tags("家庭網絡", "<p>路由器，路由器</p>", []) == ["家庭网络", "路由器"]
    with django_assert_num_queries(0):
        assert suggest_tags("家庭网络", "", ["家庭网络"]) == []
        assert suggest_tags("", "<p>别的事</p>", []) == []


def test_latin_tags_are_whole_words(db):
    from taggit.models import Tag

    for name in ("AI", "NAS", "萝"):
        Tag.objects.create(name=name)
    assert suggest_tags("", "<p>said 用ＮＡＳ备份 萝卜</p>", []) == ["NAS"]


def test_at_most_eight(db):
    from taggit.models import Tag

    names = [f"标签{letter}" for letter in "甲乙丙丁戊己庚辛壬癸"]
    for name in names:
        Tag.objects.create(name=name)
    assert len(suggest_tags("、".join(names), "", [])) == 8
