import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from post_office.models import Email

from articles.models import Article, Scope, User
from moderation.models import Kind, Letter, Measure, Proposal, Step
from moderation.reasons import reasons_for
from moderation.services import deciding
from moderation.services.deciding import Decision
from moderation.services.guards import ChangedMeanwhileError
from moderation.services.intake import Target
from moderation.services.parties import link_of
from moderation.services.previewing import preview, preview_proposal
from tests.moderation.making import under_review

MEASURE = Decision(reason="copyright", text="通知的材料齐全。")


def everything():
    """How many rows every table has, and what the case's own rows hold."""
    counts = {model: model.objects.count() for model in apps.get_models()}
    rows = [
        list(model.objects.values()) for model in apps.get_app_config("moderation").get_models()
    ]
    return counts, rows


def test_it_is_exactly_what_goes_out(article, mona):
    case = under_review(article)
    shown = preview(case, mona, Step.MEASURE, MEASURE, version=case.version)
    before = Letter.objects.count()
    deciding.decide(case, mona, Step.MEASURE, MEASURE, version=case.version)
    sent = list(Letter.objects.order_by("pk")[before:])
    assert [p.subject for p in shown] == [letter.mail.subject for letter in sent]
    link = link_of(case.claimant)
    said = [letter.mail.message.replace(link, "[私密链接]") for letter in sent]
    assert [p.text for p in shown] == said
    assert len(shown) == 2
    assert "纸上行舟" in str(shown[1].recipient) or "纸上行舟" in str(shown[0].recipient)


def test_nothing_is_left_behind(article, mona):
    case = under_review(article)
    before = everything()
    assert preview(case, mona, Step.MEASURE, MEASURE, version=case.version)
    assert everything() == before
    assert Article.objects.visible().filter(pk=article.pk).exists()


def test_private_links_are_not_shown(article, mona):
    case = under_review(article)
    shown = preview(case, mona, Step.MEASURE, MEASURE, version=case.version)
    token = link_of(case.claimant).rstrip("/").rpartition("/")[2]
    assert len(token) > 20
    assert not any(token in p.text or token in p.subject for p in shown)


def test_what_a_second_person_must_approve_shows_the_mails_of_then(article, mona, settings):
    settings.MODERATION = {**settings.MODERATION, "SECOND_PERSON": ["takedown"]}
    case = under_review(article)
    before = everything()
    shown = preview(case, mona, Step.MEASURE, MEASURE, version=case.version)
    assert len(shown) == 2
    assert everything() == before
    proposal = deciding.decide(case, mona, Step.MEASURE, MEASURE, version=case.version)
    assert isinstance(proposal, Proposal)
    before = everything()
    assert preview_proposal(proposal, mona) == shown
    assert everything() == before


def test_letters_that_follow_from_it_are_shown_too(article, mona, carol):
    """A withdrawal of strikes, say: what conduct owes is no letter of the act itself."""
    from moderation.services.timeouts import act_on_deadlines
    from tests.moderation.making import measured

    item = measured(article, mona)
    type(item).objects.update(timeout_at=item.state_since)
    act_on_deadlines()
    case = item.case
    case.refresh_from_db()
    shown = preview(
        case, mona, Step.CORRECT, Decision(reason="mistake", text="看错了。"), version=case.version
    )
    assert len(shown) == 3
    assert carol.strikes.filter(ended_at__isnull=True).exists()


def test_by_post_and_on_the_page(article, mona):
    from dataclasses import replace

    from moderation.models import Source
    from moderation.services import intake
    from tests.moderation.making import RITA, notice

    person = replace(RITA, email="")
    case = intake.enter(notice(article, person=person), mona, source=Source.PAPER).case
    refuse = Decision(reason=reasons_for(Step.REFUSE, Kind.COPYRIGHT)[0].code, text="没有侵权。")
    (shown,) = preview(case, mona, Step.REFUSE, refuse, version=case.version)
    assert shown.way == "邮寄"
    assert "没有侵权" in shown.text


def test_a_picture_stays_where_it_is(
    mona, carol, technology, settings, django_capture_on_commit_callbacks
):
    # Tasks are rows, as on a real site; the tests do them at once.
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    from django.core.files.storage import storages

    from articles.services.publishing import create_article, publish
    from tests.browser.helpers import add_test_picture

    picture = add_test_picture("信号图")
    text = create_article(
        None, title="有图", body=f'<p>看图。</p><figure><img src="{picture.url}"></figure>',
        contributor=carol, category=technology,
    )  # fmt: skip
    publish(text, None)
    case = under_review(text, targets=[Target(text, Scope.IMAGE, picture=picture)])
    with django_capture_on_commit_callbacks(execute=True):
        assert preview(case, mona, Step.MEASURE, MEASURE, version=case.version)
    picture.refresh_from_db()
    assert not picture.is_withheld
    assert storages["default"].exists(f"{picture.folder}/{picture.file}")
    assert not Measure.objects.exists()


@pytest.mark.parametrize("who", ["sam", "eddie", "chloe"])
def test_who_may_not(article, who, request):
    case = under_review(article)
    user = request.getfixturevalue(who)
    with pytest.raises(PermissionDenied):
        preview(case, user, Step.MEASURE, MEASURE, version=case.version)
    assert not Email.objects.filter(subject__contains="采取").exists()


def test_it_is_refused_as_the_step_itself_is(article, mona, carol):
    case = under_review(article)
    with pytest.raises(ValidationError):
        preview(case, mona, Step.MEASURE, Decision(), version=case.version)
    with pytest.raises(ChangedMeanwhileError):
        preview(case, mona, Step.MEASURE, MEASURE, version=case.version - 1)
    User.objects.filter(pk=carol.user_id).update(is_staff=True, is_superuser=True)
    author = User.objects.get(pk=carol.user_id)
    with pytest.raises(PermissionDenied):
        preview(case, author, Step.MEASURE, MEASURE, version=case.version)
