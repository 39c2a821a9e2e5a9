from datetime import timedelta

import pytest
from django.utils import timezone
from post_office.models import Email

from articles.models import Article, Scope, User
from articles.services.publishing import revise
from moderation.models import (
    CannedReply,
    Case,
    CaseItem,
    Delivery,
    Event,
    EvidenceKind,
    Finding,
    Happening,
    Kind,
    Letter,
    Party,
    Proposal,
    Sanction,
    Source,
    State,
    Step,
)
from moderation.services import answering, deciding, intake
from moderation.services.deciding import Decision
from moderation.services.intake import Target
from moderation.services.parties import link_of
from tests.moderation.making import (
    CLAIM,
    COUNTER,
    RITA,
    decided,
    measured,
    notice,
    staged,
    under_review,
)

CASES = "/admin/moderation/case/"
PASSAGE = "多数人一觉得慢就去买新设备。"


@pytest.fixture
def desk(client, mona):
    client.force_login(mona)
    return client


@pytest.fixture
def nina(mona):
    """A second moderator."""
    user = User.objects.create_user("nina@example.com", "x", name="Nina", is_staff=True)
    user.groups.set(mona.groups.all())
    return user


def page(case):
    return f"{CASES}{case.pk}/change/"


def text_of(response):
    return response.content.decode()


def saved(response):
    """The bytes of a file, read to its end so that it is closed."""
    return b"".join(response.streaming_content) if response.streaming else response.content


def form_of(case, action, **fields):
    """What the page's form sends."""
    case.refresh_from_db()
    data = {"version": case.version, "seen": case.last_seq, **fields}
    return {"action": action, **{f"{action}-{name}": value for name, value in data.items()}}


def measure_form(case, **fields):
    given = {"reason": "copyright", "text": "材料齐全。", "no_interest": "on", **fields}
    return form_of(case, "measure", **given)


def happened(case, happening):
    return Event.objects.filter(case_number=case.number, event=happening).count()


# --- What is shown ----------------------------------------------------------------------------
def test_looking_changes_nothing(desk, article):
    case = under_review(article)
    before = Case.objects.values().get(), Event.objects.count(), Email.objects.count()
    response = desk.get(page(case))
    assert response.status_code == 200
    assert (Case.objects.values().get(), Event.objects.count(), Email.objects.count()) == before
    assert response["Referrer-Policy"] == "same-origin"
    assert "unsafe-inline" not in response["Content-Security-Policy"]


def test_the_claim_stands_beside_the_article(desk, article):
    case = under_review(article, targets=[Target(article, Scope.PASSAGE, PASSAGE)])
    body = text_of(desk.get(page(case)))
    assert f"<mark>{PASSAGE[:-1]}</mark>" in body
    for said in ("第二节与我", "清汤的做法", "https://blog.example.net", "周一", "rita@example.org",
                 "13800001111", "收到投诉时的文章", "占原作", "找到1处"):  # fmt: skip
        assert said in body, said
    assert 'href="https://blog.example.net' not in body


def test_an_edit_hides_nothing(desk, article, eddie):
    case = under_review(article, targets=[Target(article, Scope.PASSAGE, PASSAGE)])
    revise(article, eddie, {"body": article.body.replace("多数人一觉得慢", "有人嫌慢")})
    body = text_of(desk.get(page(case)))
    assert f"<mark>{PASSAGE[:-1]}</mark>" in body
    assert "文章中已不存在" in body
    assert "<del>" in body
    assert "<ins>" in body


def test_what_hostile_people_write_is_shown_as_text(desk, article):
    bad = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    person = type(RITA)(name=bad[:90], email="r@example.org", phone="1", address=bad)
    claim = {**CLAIM, "explanation": bad, "original_text": bad, "work_source": "javascript:1"}
    case = under_review(article, person=person, claim=claim)
    body = text_of(desk.get(page(case)))
    assert "<script>alert" not in body
    assert "<img src=x" not in body
    assert "javascript:1" in body
    assert 'href="javascript' not in body


def test_records_of_both_sides(desk, article, mona, carol):
    first = measured(article, mona)
    CaseItem.objects.filter(pk=first.pk).update(timeout_at=timezone.now())
    from moderation.services.timeouts import act_on_deadlines

    act_on_deadlines()
    case = under_review(article, Kind.OTHER)
    body = text_of(desk.get(page(case)))
    assert first.case.number in body
    # The contributor is told, and so a party, once a letter goes out.
    decided(case, mona, Step.NOTIFY_FIRST)
    body = text_of(desk.get(page(case)))
    assert "纸上行舟" in body
    assert "1次违规" in body.replace(" ", "") or "违规1" in body.replace(" ", "")


def test_the_private_link_is_nowhere(desk, article, mona):
    case = under_review(article)
    data = measure_form(case, preview="1") | {"preview": "1"}
    token = link_of(case.claimant).rstrip("/").rpartition("/")[2]
    assert token not in text_of(desk.get(page(case)))
    assert token not in text_of(desk.post(page(case), data))


def test_queries_do_not_grow_with_history(desk, article, mona, django_assert_max_num_queries):
    from moderation.services.keeping import note

    case = under_review(article)
    for number in range(6):
        note(case, mona, f"备注{number}")
        under_review(article, Kind.OTHER)
    desk.get(page(case))
    with django_assert_max_num_queries(55):
        desk.get(page(case))


# --- Taking -----------------------------------------------------------------------------------
def test_taking_asks_for_ones_word(desk, article, mona):
    case = under_review(article)
    refused = text_of(desk.post(page(case), form_of(case, "take")))
    assert "利害关系" in refused
    case.refresh_from_db()
    assert case.claimed_by is None
    desk.post(page(case), form_of(case, "take", no_interest="on"))
    case.refresh_from_db()
    assert case.claimed_by == mona
    assert timedelta(minutes=119) < case.claimed_until - timezone.now() <= timedelta(hours=2)
    assert 'value="give_back"' in text_of(desk.get(page(case)))
    desk.post(page(case), form_of(case, "give_back"))
    case.refresh_from_db()
    assert case.claimed_by is None


def test_what_a_colleague_has_shows_no_buttons(desk, article, mona, nina):
    case = under_review(article)
    deciding.take(case, nina, no_interest=True)
    body = text_of(desk.get(page(case)))
    assert "Nina" in body
    assert 'value="measure"' not in body
    answer = text_of(desk.post(page(case), measure_form(case, text="我写的理由")))
    assert "我写的理由" in answer
    assert case.items.get().state == State.REVIEW
    Case.objects.update(claimed_until=timezone.now())
    assert 'value="measure"' in text_of(desk.get(page(case)))


# --- Deciding ---------------------------------------------------------------------------------
def test_a_preview_does_nothing_and_the_decision_does(desk, article, mona):
    case = under_review(article)
    mails = Email.objects.count()
    data = measure_form(case, text="第二节雷同。")
    response = desk.post(page(case), data | {"preview": "1"})
    body = text_of(response)
    assert "将发出2封函件" in body
    assert body.count("第二节雷同。") >= 3
    assert Email.objects.count() == mails
    assert Article.objects.visible().filter(pk=article.pk).exists()
    response = desk.post(page(case), data, follow=True)
    assert "已办理" in text_of(response)
    assert not Article.objects.visible().filter(pk=article.pk).exists()
    assert Email.objects.count() == mails + 2
    item = case.items.get()
    assert (item.state, item.reason, item.finding) == (State.MEASURED, "copyright", "")


def test_what_is_missing_is_said_beside_its_field(desk, article):
    case = under_review(article)
    body = text_of(desk.post(page(case), measure_form(case, reason="", no_interest="")))
    assert "请选择理由" in body or "选择理由" in body
    assert "材料齐全。" in body
    assert case.items.get().state == State.REVIEW
    body = text_of(desk.post(page(case), measure_form(case, passage="没有这一句。")))
    assert "没有这一句。" in body
    assert case.items.get().state == State.REVIEW


def test_a_passage_is_withheld_and_no_more(desk, article):
    case = under_review(article)
    desk.post(page(case), measure_form(case, passage=PASSAGE, finding="founded"))
    measure = case.items.get().measures.get()
    assert (measure.scope, measure.restriction.passage) == (Scope.PASSAGE, PASSAGE)
    assert case.items.get().finding == Finding.FOUNDED
    assert Article.objects.visible().filter(pk=article.pk).exists()


def test_gaps_are_ticked(desk, article):
    case = under_review(article)
    given = {"reason": "gaps", "text": "请补证据。", "no_interest": "on"}
    body = text_of(desk.post(page(case), form_of(case, "request_fix", **given)))
    assert "请补证据。" in body
    assert case.items.get().state == State.REVIEW
    desk.post(page(case), form_of(case, "request_fix", gaps=["E", "A"], **given))
    case.refresh_from_db()
    assert case.gaps == ["E", "A"]
    assert 'id="gaps"' in text_of(desk.get(page(case)))


def test_joining_offers_what_can_be_joined(desk, article):
    first, second = under_review(article), under_review(article)
    body = text_of(desk.get(page(second)))
    assert 'value="join"' in body
    target = first.items.get()
    choice = f"{second.items.get().pk}-{target.pk}"
    desk.post(page(second), form_of(second, "join", join=choice, no_interest="on"))
    assert second.items.get().joined_to == target
    assert 'value="join"' not in text_of(desk.get(page(under_review(article, Kind.OTHER))))


def test_some_items_of_a_case(desk, article, carol, technology):
    from articles.services.publishing import create_article, publish

    fields = {"title": "另一篇", "contributor": carol, "category": technology}
    other = publish(create_article(None, body="<p>文</p>", **fields), None)
    case = intake.submit(notice(article, targets=[Target(article), Target(other)])).case
    intake.confirm(case, case.claimant)
    first, second = case.items.all()
    body = text_of(desk.post(page(case), measure_form(case)))
    assert "请选择涉及哪些文章" in body
    desk.post(page(case), measure_form(case, items=[second.pk]))
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (State.REVIEW, State.MEASURED)
    desk.post(page(case), form_of(
        case, "refuse", reason="no_infringement", text="不雷同。", finding="manifest",
        no_interest="on"))  # fmt: skip
    first.refresh_from_db()
    assert (first.state, first.finding) == (State.REFUSED, Finding.MANIFEST)


def test_a_stale_version_is_refused_and_what_was_typed_is_kept(desk, article, nina):
    case = under_review(article)
    data = measure_form(case, text="我打了很久的理由。")
    decided(case, nina, Step.NOTIFY_FIRST)
    body = text_of(desk.post(page(case), data))
    assert "本案有了变化" in body
    assert "我打了很久的理由。" in body
    assert case.items.get().state == State.ANSWERING


def test_a_stale_version_shows_what_came_since(desk, article, nina):
    case = under_review(article)
    data = measure_form(case, text="我打了很久的理由。")
    from moderation.services.keeping import note

    deciding.take(case, nina, no_interest=True)
    deciding.give_back(case, nina)
    note(case, nina, "看过了")
    Case.objects.update(version=case.version + 1)
    response = desk.post(page(case), data)
    body = text_of(response)
    assert "本案有了变化" in body
    assert [line.event.event for line in response.context["since"]] == [
        "taken", "released", "noted",
    ]  # fmt: skip
    assert "我打了很久的理由。" in body


def test_steps_that_the_state_does_not_allow_are_not_there(desk, article):
    case = under_review(article)
    body = text_of(desk.get(page(case)))
    for step in ("forward", "verify_proof", "appeal_uphold", "correct"):
        assert f'value="{step}"' not in body
    assert desk.post(page(case), form_of(case, "nonsense")).status_code == 404
    # An engine's own step is nobody's button.
    desk.post(page(case), form_of(case, "restore"))
    assert case.items.get().state == State.REVIEW


def test_an_appeal_is_for_somebody_else(desk, article, mona, nina, client, carol):
    item = measured(article, mona)
    answering.file_appeal(item, "这是我写的。", by=carol.user)
    case = item.case
    data = form_of(case, "appeal_restore", reason="mistake", text="改判。", no_interest="on")
    desk.post(page(case), data)
    item.refresh_from_db()
    assert item.state == State.APPEALED
    client.force_login(nina)
    client.post(page(case), data)
    item.refresh_from_db()
    assert item.state == State.RESTORED


# --- Two persons ------------------------------------------------------------------------------
@pytest.fixture
def proposed(settings, article, mona):
    settings.MODERATION = {**settings.MODERATION, "SECOND_PERSON": ["takedown"]}
    case = under_review(article)
    decision = Decision(reason="copyright", text="提议的理由。")
    proposal = deciding.decide(case, mona, Step.MEASURE, decision, version=case.version)
    assert isinstance(proposal, Proposal)
    return proposal


def test_the_proposer_cannot_approve_and_that_is_recorded(desk, proposed):
    case = proposed.case
    body = text_of(desk.get(page(case)))
    assert "提议的理由。" in body
    assert "同意并执行" not in body
    body = text_of(desk.post(page(case), form_of(case, "approve", proposal=proposed.pk)))
    assert "已记录在案" in body
    assert happened(case, Happening.APPROVAL_REFUSED) == 1
    assert case.items.get().state == State.REVIEW


def test_a_second_person_previews_and_approves(client, nina, proposed):
    case = proposed.case
    client.force_login(nina)
    assert "同意并执行" in text_of(client.get(page(case)))
    data = form_of(case, "approve", proposal=proposed.pk)
    assert "将发出2封函件" in text_of(client.post(page(case), data | {"preview": "1"}))
    assert case.items.get().state == State.REVIEW
    client.post(page(case), data)
    assert case.items.get().state == State.MEASURED


def test_declining_and_taking_back(client, nina, proposed, desk):
    desk.post(page(proposed.case), form_of(proposed.case, "decline", proposal=proposed.pk))
    proposed.refresh_from_db()
    assert proposed.is_approved is False
    assert "提议：" not in text_of(desk.get(page(proposed.case)))


def test_a_proposal_of_another_case_is_not_found(client, nina, proposed, article):
    other = under_review(article)
    client.force_login(nina)
    data = form_of(other, "approve", proposal=proposed.pk)
    assert client.post(page(other), data).status_code == 404
    assert client.post(page(other), data | {"preview": "1"}).status_code == 404


# --- Evidence ---------------------------------------------------------------------------------
def test_files_are_saved_and_looking_at_an_identity_is_recorded(desk, article):
    identity = staged(EvidenceKind.IDENTITY)
    case = under_review(article, evidence=[staged().pk, identity.pk])
    proof = case.evidence.get(kind=EvidenceKind.RIGHT)
    address = f"{CASES}{case.pk}/evidence/"
    response = desk.post(f"{address}{proof.pk}/")
    assert response["Content-Disposition"].startswith("attachment")
    assert saved(response) == b"%PDF-1.4 proof"
    assert happened(case, Happening.IDENTITY_VIEWED) == 0
    assert desk.get(f"{address}{identity.pk}/").status_code == 405
    assert saved(desk.post(f"{address}{identity.pk}/"))
    assert happened(case, Happening.IDENTITY_VIEWED) == 1
    other = under_review(article)
    assert desk.post(f"{CASES}{other.pk}/evidence/{proof.pk}/").status_code == 404


# --- Letters ----------------------------------------------------------------------------------
def test_a_posted_letter_begins_the_wait(desk, article, mona, carol):
    person = type(RITA)(name="周一", phone="13800001111", address="杭州市某路1号")
    case = intake.enter(notice(article, person=person), mona, source=Source.PAPER).case
    decided(case, mona, Step.MEASURE)
    item = case.items.get()
    answering.file_counter(item, carol.user, COUNTER, evidence=[staged(EvidenceKind.COUNTER).pk])
    decided(case, mona, Step.FORWARD)
    letter = Letter.objects.get(template="forward_claimant")
    assert letter.delivery == Delivery.BY_POST
    body = text_of(desk.get(page(case)))
    assert "供打印" in body
    future = timezone.localtime() + timedelta(days=2)
    wrong = form_of(case, "settle", letter=letter.pk, arrived="on", at_0=f"{future:%Y-%m-%d}",
                    at_1="10:00")  # fmt: skip
    assert "现在之前" in text_of(desk.post(page(case), wrong))
    desk.post(page(case), form_of(case, "settle", letter=letter.pk, arrived="on"))
    letter.refresh_from_db()
    item.refresh_from_db()
    assert letter.delivery == Delivery.ARRIVED
    assert item.due_at is not None
    assert item.due_at - timezone.now() > timedelta(days=14)


def test_a_failed_mail_may_arrive_by_another_way(desk, article):
    case = under_review(article)
    letter = Letter.objects.filter(party=case.claimant).first()
    Letter.objects.filter(pk=letter.pk).update(delivery=Delivery.FAILED)
    assert "已用其他方式送达" in text_of(desk.get(page(case)))
    desk.post(page(case), form_of(case, "settle", letter=letter.pk, arrived="on"))
    letter.refresh_from_db()
    assert letter.delivery == Delivery.ARRIVED
    assert happened(case, Happening.ARRIVED) == 1


# --- Claimants --------------------------------------------------------------------------------
def test_a_sanction_is_imposed_by_hand_and_lifted(desk, article, mona):
    for _number in range(3):
        case = under_review(article)
        decided(case, mona, Step.REFUSE, finding="manifest")
    assert "采取这一限制" in text_of(desk.get(page(case)))
    desk.post(page(case), form_of(case, "impose"))
    sanction = Sanction.objects.get()
    assert "采取这一限制" not in text_of(desk.get(page(case)))
    desk.post(page(case), form_of(case, "lift", sanction=sanction.pk))
    sanction.refresh_from_db()
    assert sanction.lifted_at is not None
    other = under_review(article)
    Sanction.objects.update(lifted_at=None)
    assert "目前没有" in text_of(desk.post(page(other), form_of(other, "impose")))


def test_links_are_revoked_and_renewed(desk, article):
    case = under_review(article)
    before = case.claimant.token_hash
    desk.post(page(case), form_of(case, "renew", party=case.claimant.pk))
    case.claimant.refresh_from_db()
    assert case.claimant.token_hash not in {"", before}
    desk.post(page(case), form_of(case, "revoke", party=case.claimant.pk))
    case.claimant.refresh_from_db()
    assert case.claimant.token_hash == ""
    actors = set(Event.objects.filter(event=Happening.LINK_REVOKED).values_list("role", flat=True))
    assert actors == {"reviewer"}


def test_withdrawal_by_letter(desk, article, mona, settings):
    item = measured(article, mona)
    # Who has a private page withdraws there.
    desk.post(page(item.case), form_of(item.case, "withdraw"))
    item.refresh_from_db()
    assert item.state == State.MEASURED
    Party.objects.filter(pk=item.case.claimant_id).update(email="")
    alone = settings.MODERATION
    settings.MODERATION = alone | {"SECOND_PERSON": ["restoration"]}
    desk.post(page(item.case), form_of(item.case, "withdraw"))
    item.refresh_from_db()
    assert item.state == State.MEASURED
    settings.MODERATION = alone
    desk.post(page(item.case), form_of(item.case, "withdraw"))
    item.refresh_from_db()
    assert item.state == State.WITHDRAWN
    assert Article.objects.visible().filter(pk=article.pk).exists()


def test_erasure_on_request(desk, article, mona):
    case = under_review(article)
    desk.post(page(case), form_of(case, "erase", party=case.claimant.pk))
    case.claimant.refresh_from_db()
    assert case.claimant.name
    decided(case, mona, Step.REFUSE)
    assert "清除个人信息" in text_of(desk.get(page(case)))
    desk.post(page(case), form_of(case, "erase", party=case.claimant.pk))
    case.claimant.refresh_from_db()
    assert case.claimant.erased_at is not None
    assert case.claimant.name == ""
    assert happened(case, Happening.ERASED) == 1


def test_proof_by_letter(desk, article, mona, carol):
    from django.core.files.uploadedfile import SimpleUploadedFile

    item = measured(article, mona)
    answering.file_counter(item, carol.user, COUNTER, evidence=[staged(EvidenceKind.COUNTER).pk])
    decided(item.case, mona, Step.FORWARD)
    body = text_of(desk.post(page(item.case), form_of(item.case, "prove", text="立案通知")))
    assert "立案通知" in body
    file = SimpleUploadedFile("立案.pdf", b"%PDF-1.4\n%%EOF", "application/pdf")
    desk.post(page(item.case), form_of(item.case, "prove", text="立案通知", file=file))
    item.refresh_from_db()
    assert item.state == State.PROOF_REVIEW
    assert item.case.evidence.filter(kind=EvidenceKind.PROCEEDINGS).exists()


# --- Keeping ----------------------------------------------------------------------------------
def test_notes_are_among_the_staff(desk, article, mona):
    case = under_review(article)
    mails = Email.objects.count()
    desk.post(page(case), form_of(case, "note", text="已与投稿人通话。"))
    body = text_of(desk.get(page(case)))
    assert "已与投稿人通话。" in body
    assert "内部" in body
    assert Email.objects.count() == mails
    event = Event.objects.get(event=Happening.NOTED)
    assert event.payload_commit
    assert "通话" not in str(event.payload)
    assert "请填写备注" in text_of(desk.post(page(case), form_of(case, "note", text=" ")))


def test_legal_hold(desk, article):
    case = under_review(article)
    assert "请说明理由" in text_of(desk.post(page(case), form_of(case, "hold", text="")))
    desk.post(page(case), form_of(case, "hold", text="法院来函要求保全。"))
    case.refresh_from_db()
    assert case.on_hold
    assert "解除保全" in text_of(desk.get(page(case)))
    desk.post(page(case), form_of(case, "end_hold", text="保全期满。"))
    case.refresh_from_db()
    assert not case.on_hold
    assert happened(case, Happening.HOLD_BEGAN) == happened(case, Happening.HOLD_ENDED) == 1


def test_ready_replies(desk, article):
    from moderation.services.replies import save_reply

    save_reply(CannedReply(step="measure", title="雷同", text="经比对，内容一致。"), None)
    save_reply(CannedReply(step="refuse", title="合理使用", text="属于合理使用。"), None)
    body = text_of(desk.get(page(under_review(article))))
    assert body.count("经比对，内容一致。") == 2  # In the list for scripts and in that without.
    address = "/admin/moderation/cannedreply/"
    data = {"step": "reject", "title": "不在本站", "text": "不在本站。", "position": 0}
    desk.post(f"{address}add/", data)
    row = CannedReply.objects.get(step="reject")
    desk.post(f"{address}{row.pk}/change/", {**data, "title": "改了"})
    row.refresh_from_db()
    assert row.title == "改了"
    assert "不在本站" in text_of(desk.get(address)) or "改了" in text_of(desk.get(address))
    desk.post(f"{address}{row.pk}/delete/", {"post": "yes"})
    assert not CannedReply.objects.filter(pk=row.pk).exists()


# --- Who may ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "status"), [(None, 302), ("sam", 403), ("eddie", 403), ("chloe", 403), ("mona", 200),
                        ("admin_user", 200)],
)  # fmt: skip
def test_who_sees_a_case(client, article, who, status, request):
    case = under_review(article)
    if who:
        client.force_login(request.getfixturevalue(who))
    got = client.get(page(case)).status_code
    assert got == status or (who == "sam" and got in {302, 403})
    proof = case.evidence.first()
    for address, data in (
        (page(case), measure_form(case)),
        (page(case), form_of(case, "take", no_interest="on")),
        (page(case), form_of(case, "note", text="x")),
        (f"{CASES}{case.pk}/evidence/{proof.pk}/", {}),
    ):
        response = client.post(address, data)
        saved(response)
        allowed = status == 200
        assert (response.status_code in {200, 302}) == (allowed or who in {None, "sam"})
    assert (case.items.get().state == State.MEASURED) == (status == 200)
    if who in {"eddie", "chloe"}:
        assert client.get("/admin/moderation/cannedreply/").status_code == 403


def test_an_editors_pages_show_case_numbers_alone(client, article, mona, chloe, eddie):
    measured(article, mona)
    secrets = ("周一", "rita@example.org", "13800001111", "杭州市某路1号")
    for who in (chloe, eddie, mona):
        client.force_login(who)
        for address in (
            "/admin/articles/restriction/", f"/admin/articles/article/{article.pk}/change/",
            f"/admin/articles/article/{article.pk}/history/", "/admin/articles/article/", "/admin/",
        ):  # fmt: skip
            body = text_of(client.get(address))
            assert not any(secret in body for secret in secrets), (who, address)


def test_what_is_not_there(desk):
    assert desk.get(f"{CASES}999/change/").status_code == 404
    assert desk.post(f"{CASES}999/change/", {"action": "take"}).status_code == 404
