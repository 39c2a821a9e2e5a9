"""What a contributor sees and does in the cases about their own articles."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from articles.models import Article, User
from articles.seo import PageMeta
from moderation.forms.contributor import AnswerForm, ContributorAppealForm, CounterForm
from moderation.models import Evidence, Party, State, Step
from moderation.policy import get_policy
from moderation.services import answering
from moderation.services.evidence import open_evidence
from moderation.services.reading import (
    Dossier,
    ItemView,
    cases_of,
    for_contributor,
    items_of,
    own_text,
)
from moderation.views.attachments import as_attachment
from moderation.views.private import taken
from submissions.services import drafting

PER_PAGE = 20


def _acting(request: HttpRequest) -> User:
    """Return the account that acts; the views are behind a sign-in."""
    return cast(User, request.user)


def _party(request: HttpRequest, number: str) -> Party:
    """Return the account's party in a case; 404 for strangers, other contributors, and a case that
    they were not told of. One query."""
    party = cases_of(_acting(request)).filter(case__number=number).first()
    if party is None:
        raise Http404
    return party


def _dossier(request: HttpRequest, number: str) -> Dossier:
    return for_contributor(_party(request, number), _acting(request))


def _can(dossier: Dossier, pk: int, *steps: Step) -> ItemView:
    for view in dossier.items:
        if view.item.pk == pk and (not steps or view.steps & set(steps)):
            return view
    raise Http404


def _show(
    request: HttpRequest, template: str, dossier: Dossier, title: str, **context: Any
) -> HttpResponse:
    context |= {
        "meta": _meta(title, request.path), "dossier": dossier, "case": dossier.case,
        "side": "contributor",
    }  # fmt: skip
    return render(request, f"moderation/{template}.html", context)


def _meta(title: str, path: str) -> PageMeta:
    return PageMeta(title=title, description="", path=path, noindex=True)


@login_required
@require_safe
def cases(request: HttpRequest) -> HttpResponseBase:
    """The cases about one's own articles, the newest first. Four queries, whatever their
    number, and those of every page."""
    user = _acting(request)
    paginator = Paginator(cases_of(user), PER_PAGE)
    try:
        page = paginator.page(request.GET.get("page", "1"))
    except (EmptyPage, PageNotAnInteger) as error:
        raise Http404 from error
    parties = list(page)
    views = items_of(parties, user)
    rows = [(party.case, views[party.case_id]) for party in parties]
    context = {"meta": _meta(_("Cases about my articles"), request.path), "rows": rows,
               "page": page}  # fmt: skip
    return render(request, "moderation/cases.html", context)


@login_required
@require_safe
def case(request: HttpRequest, number: str) -> HttpResponseBase:
    """A case: the claim without what is the claimant's alone, the clock, the course, and what can
    be done now. About twenty queries."""
    dossier = _dossier(request, number)
    title = _("Case %(number)s") % {"number": number}
    return _show(request, "case_mine", dossier, title)


@login_required
@require_safe
def file(request: HttpRequest, number: str, pk: int) -> HttpResponseBase:
    """A file of one's own, or one that the claimant lets one see, to be saved."""
    party = _party(request, number)
    evidence = get_object_or_404(Evidence, pk=pk, case=party.case)
    if evidence.party != party and evidence.party_id != party.case.claimant_id:
        raise Http404
    try:
        return as_attachment(evidence, open_evidence(evidence, by=_acting(request)))
    except (PermissionDenied, FileNotFoundError) as error:
        raise Http404 from error


@login_required
@require_safe
def text(request: HttpRequest, number: str, item: int) -> HttpResponseBase:
    """The article as its author wrote it, while readers do not see it."""
    dossier = _dossier(request, number)
    view = _can(dossier, item)
    article = view.item.article
    return _show(
        request, "case_text", dossier, article.title, article=article, prose=own_text(article)
    )  # fmt: skip


# --- Acting ---------------------------------------------------------------------------------
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, number: str, item: int) -> HttpResponseBase:
    """Answer a notice before anything is decided."""
    dossier = _dossier(request, number)
    view = _can(dossier, item, Step.ANSWER)
    form = AnswerForm(*_sent(request), party=dossier.party)

    def act() -> None:
        data = form.cleaned_data
        answering.answer(
            view.item, _acting(request), data["text"], was_fixed=data["was_fixed"] == "yes",
            evidence=form.numbers,
        )  # fmt: skip

    if request.method == "POST" and taken(form, act):
        messages.success(request, _("Your answer has arrived. We decide and write to you."))
        return redirect("cases:case", number)
    is_public = Article.objects.visible().filter(pk=view.item.article_id).exists()
    title = _("Answer the notice")
    return _show(
        request, "case_answer", dossier, title, form=form, view=view, is_public=is_public
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def counter(request: HttpRequest, number: str, item: int) -> HttpResponseBase:
    """File a counter-statement, or complete one that lacks something."""
    dossier = _dossier(request, number)
    view = _can(dossier, item, Step.COUNTER, Step.AMEND_COUNTER)
    earlier = view.item.counters.last() if view.item.state == State.COUNTER_GAPS else None
    how: dict[str, Any] = {"party": dossier.party}
    if earlier is not None:
        said = {**earlier.statement.data, "signed": ""}
        how |= {"gaps": earlier.gaps, "initial": said}
    form = CounterForm(*_sent(request), **how)

    def act() -> None:
        answering.file_counter(
            view.item, _acting(request), form.statement(), evidence=form.numbers
        )  # fmt: skip

    if request.method == "POST" and taken(form, act):
        view.item.refresh_from_db()
        if view.item.state == State.COUNTER_GAPS:
            messages.warning(request, _("Kept. Something is still missing; see below."))
        else:
            messages.success(request, _("Your counter-statement has arrived. We check it."))
        return redirect("cases:case", number)
    return _show(
        request, "case_counter", dossier, _("Counter-statement"), form=form, view=view,
        policy=get_policy(),
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: HttpRequest, number: str, item: int) -> HttpResponseBase:
    """Appeal against a measure, within six months."""
    dossier = _dossier(request, number)
    view = _can(dossier, item, Step.APPEAL)
    form = ContributorAppealForm(*_sent(request), party=dossier.party)

    def act() -> None:
        text = form.cleaned_data["text"]
        answering.file_appeal(view.item, text, by=_acting(request), evidence=form.numbers)

    if request.method == "POST" and taken(form, act):
        messages.success(request, _("We have received your appeal."))
        return redirect("cases:case", number)
    title = _("Appeal against the decision")
    return _show(request, "case_appeal", dossier, title, form=form, view=view)


def _sent(request: HttpRequest) -> tuple[Any, ...]:
    return (request.POST, request.FILES) if request.method == "POST" else ()


@login_required
@require_POST
def change(request: HttpRequest, number: str, item: int) -> HttpResponseBase:
    """Begin a proposed change to the article that is complained of, or go on with one."""
    view = _can(_dossier(request, number), item)
    article = view.item.article
    if not Article.objects.visible().filter(pk=article.pk).exists():
        messages.error(request, _("There is no public article to change."))
        return redirect("cases:case", number)
    try:
        draft = drafting.begin(_acting(request), change_of=article)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("cases:case", number)
    return redirect("submissions:write", draft.pk)
