"""The claimant's private page: whoever has its address is the claimant.

No CSRF token is asked for: the address itself is the secret, no cookie lets anybody in, and the
pages send no Referer, without which browsers give forms no Origin to check either.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from articles.seo import PageMeta
from moderation.forms.claimant import AmendForm, AppealForm, ProofForm, WithdrawForm
from moderation.models import Evidence, Party, Step
from moderation.services import answering, intake
from moderation.services.evidence import open_evidence
from moderation.services.links import can_renew, renew_link, revoke_link
from moderation.services.parties import party_of_token
from moderation.services.publishing_cases import can_publish, publish_case, unpublish_case
from moderation.services.reading import Dossier, ItemView, for_claimant
from moderation.views.attachments import as_attachment
from moderation.views.private import private, taken


def _party(token: str) -> Party:
    """Return whose page it is; the same 404 for unknown, revoked and malformed tokens. One query,
    by an indexed hash, whatever the token is."""
    party = party_of_token(token)
    if party is None:
        raise Http404
    return party


def _show(
    request: HttpRequest, token: str, template: str, dossier: Dossier, title: str, **context: Any
) -> HttpResponse:
    meta = PageMeta(title=title, description="", path="/report/", noindex=True)
    context |= {
        "meta": meta, "token": token, "dossier": dossier, "case": dossier.case,
        "side": "claimant",
    }  # fmt: skip
    return render(request, f"moderation/{template}.html", context)


def _back(token: str) -> HttpResponse:
    return redirect("moderation:case", token)


def _can(dossier: Dossier, number: int, step: Step) -> ItemView:
    """Return the reader's item of a number; 404 where it is none, or cannot take the step."""
    for view in dossier.items:
        if view.item.pk == number and step in view.steps:
            return view
    raise Http404


# --- Reading --------------------------------------------------------------------------------
@require_safe
@private
def case(request: HttpRequest, token: str) -> HttpResponseBase:
    """The case with its clock, its course, its items and its letters. Changes nothing. About
    twenty queries."""
    party = _party(token)
    dossier = for_claimant(party)
    title = _("Case %(number)s") % {"number": dossier.case.number}
    context = {
        "can_publish": can_publish(dossier.case),
        "can_renew": can_renew(party),
        "name": _masked(party.name),
        "email": _masked_address(party.email),
    }
    return _show(request, token, "case", dossier, title, **context)


def _masked(name: str) -> str:
    return f"{name[:1]}{'*' * min(len(name) - 1, 3)}" if name else ""


def _masked_address(email: str) -> str:
    user, _at, host = email.partition("@")
    return f"{user[:1]}***@{host}" if email else ""


@require_safe
@private
def file(request: HttpRequest, token: str, pk: int) -> HttpResponseBase:
    """A file of one's own, or one that came with a forwarded counter-statement, to be saved."""
    party = _party(token)
    evidence = get_object_or_404(Evidence, pk=pk)
    try:
        return as_attachment(evidence, open_evidence(evidence, party=party))
    except (PermissionDenied, FileNotFoundError) as error:
        raise Http404 from error


# --- Acting ---------------------------------------------------------------------------------
def _done(request: HttpRequest, act: Callable[[], object], done: str) -> bool:
    """Do something and say that it is done, or why it cannot be; say whether it was."""
    try:
        act()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return False
    messages.success(request, done)
    return True


@csrf_exempt
@require_POST
@private
def confirm(request: HttpRequest, token: str) -> HttpResponseBase:
    """Confirm the address that the link was sent to. Doing it twice says how things stand."""
    party = _party(token)
    if party.confirmed_at is None:
        done = _("Your e-mail address is confirmed.")
        _done(request, lambda: intake.confirm(party.case, party), done)
    return _back(token)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@private
def amend(request: HttpRequest, token: str) -> HttpResponseBase:
    """Complete the notice: what is missing first, the rest as it was given."""
    party = _party(token)
    dossier = for_claimant(party)
    if Step.AMEND.value not in dossier.can:
        return _back(token)
    how: dict[str, Any] = {"case": party.case, "party": party}
    form = AmendForm(**how)
    if request.method == "POST":
        form = AmendForm(request.POST, request.FILES, **how)
        if taken(form, lambda: _amend(party, form)):
            party.case.refresh_from_db()
            if party.case.gaps:
                messages.warning(request, _("Kept. Something is still missing; see below."))
            elif party.case.closed_at is None:
                messages.success(request, _("Thank you. Nothing is missing any more."))
            return _back(token)
    return _show(request, token, "case_amend", dossier, _("Complete the notice"), form=form)


def _amend(party: Party, form: AmendForm) -> None:
    intake.amend(
        party.case, party, person=form.person(), claim=form.claim(), targets=form.targets(),
        evidence=form.numbers,
    )  # fmt: skip


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@private
def withdraw(request: HttpRequest, token: str) -> HttpResponseBase:
    """Withdraw the notice, or some items of it, after asking."""
    party = _party(token)
    dossier = for_claimant(party)
    able = [view for view in dossier.items if Step.WITHDRAW in view.steps]
    if not able:
        return _back(token)
    choices = [(view.item.pk, _item_label(view)) for view in able]
    form = WithdrawForm(request.POST if request.method == "POST" else None, choices=choices)
    if request.method == "POST" and form.is_valid():
        numbers = form.cleaned_data["items"]
        done = _("You have withdrawn the notice.")
        if len(numbers) < len(dossier.items):
            done = _("You have withdrawn that part of the notice.")
        _done(request, lambda: intake.withdraw(party.case, party, items=numbers), done)
        return _back(token)
    return _show(
        request, token, "case_withdraw", dossier, _("Withdraw the notice?"), form=form
    )  # fmt: skip


def _item_label(view: ItemView) -> str:
    address, scope = view.item.article.get_absolute_url(), view.item.get_scope_display()
    return f"{address} · {scope} · {view.main.get_state_display()}"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@private
def proof(request: HttpRequest, token: str, item: int) -> HttpResponseBase:
    """Hand in proof that proceedings were begun, while the waiting period runs."""
    party = _party(token)
    dossier = for_claimant(party)
    view = _can(dossier, item, Step.FILE_PROOF)
    form = ProofForm(party=party)
    if request.method == "POST":
        form = ProofForm(request.POST, request.FILES, party=party)

        def act() -> None:
            text = form.cleaned_data["text"]
            answering.file_proof(view.main, party, text, evidence=form.numbers)

        if taken(form, act):
            messages.success(request, _("We have received the proof and are checking it."))
            return _back(token)
    title = _("Prove proceedings")
    return _show(request, token, "case_proof", dossier, title, form=form, view=view)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@private
def appeal(request: HttpRequest, token: str, item: int) -> HttpResponseBase:
    """Appeal against a refusal, a rejection or a restoration, within six months."""
    party = _party(token)
    dossier = for_claimant(party)
    view = _can(dossier, item, Step.APPEAL)
    form = AppealForm(party=party)
    if request.method == "POST":
        form = AppealForm(request.POST, request.FILES, party=party)

        def act() -> None:
            text = form.cleaned_data["text"]
            answering.file_appeal(view.item, text, party=party, evidence=form.numbers)

        if taken(form, act):
            messages.success(request, _("We have received your appeal."))
            return _back(token)
    title = _("Appeal against the decision")
    return _show(request, token, "case_appeal", dossier, title, form=form, view=view)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@private
def link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Have a new private link sent, or let there be none. The page of the old one is gone at once,
    so that the answer itself says what was done."""
    party = _party(token)
    dossier = for_claimant(party)
    context: dict[str, Any] = {"can_renew": can_renew(party), "email": _masked_address(party.email)}
    if request.method == "POST" and request.POST.get("do") in {"renew", "revoke"}:
        renews = request.POST["do"] == "renew" and context["can_renew"]
        (renew_link if renews else revoke_link)(party)
        context["done"] = "renew" if renews else "revoke"
    return _show(request, token, "case_link", dossier, _("The private link"), **context)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@private
def publish(request: HttpRequest, token: str) -> HttpResponseBase:
    """Consent to the publication of the closed case, or take that back."""
    party = _party(token)
    dossier = for_claimant(party)
    if not (dossier.case.is_public or can_publish(dossier.case)):
        raise Http404
    if request.method == "POST":
        if request.POST.get("do") == "unpublish":
            done = _("The case is no longer published.")
            _done(request, lambda: unpublish_case(dossier.case, party), done)
        else:
            done = _("The case is published. You can take that back at any time.")
            _done(request, lambda: publish_case(dossier.case, party), done)
        return _back(token)
    return _show(request, token, "case_publish", dossier, _("Publish this case?"))
