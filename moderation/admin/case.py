"""The page of a case: the claim beside the article, all that is known of both sides, and what may
be done."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import View

from articles.desk import acting, reasons
from articles.models import User
from moderation.admin.actions import ACTIONS, Action
from moderation.admin.dossier import Dossier, LineView, items_of, open_dossier
from moderation.admin.forms import CaseForm, ItemsForm, ProposalForm, StepForm
from moderation.admin.words import to_do
from moderation.models import Case, CaseItem, Evidence, Proposal, Step
from moderation.services.comparing import pictures_of
from moderation.services.deciding import decide
from moderation.services.evidence import open_evidence
from moderation.services.guards import ChangedMeanwhileError, has_interest, require_handler
from moderation.services.links import can_renew
from moderation.services.previewing import Previewed, preview, preview_proposal
from moderation.services.queue import next_of
from moderation.views.attachments import as_attachment

TEMPLATE = "admin/moderation/case/case.html"


def for_staff(request: HttpRequest, pk: int) -> tuple[Case, list[CaseItem]]:
    """Return a case and its items for somebody who handles cases; a party to it reads it as a
    party does, not here (403)."""
    by = acting(request)
    require_handler(by)
    related = ("claimant", "claim", "claimed_by")
    row = get_object_or_404(Case.objects.select_related(*related), pk=pk)
    items = items_of(row)
    if any(has_interest(row, item, by) for item in items):
        raise PermissionDenied("moderation: a party to the case")
    for item in items:
        item.case = row
    return row, items


def may_act(row: Case, by: User) -> bool:
    """Say whether the buttons are offered: no colleague has the case."""
    return not row.is_claimed or row.claimed_by_id == by.pk


def address(row: Case) -> str:
    return reverse("admin:moderation_case_change", args=[row.pk])


class _Page:
    """What the page shows besides the case itself: a form that was refused, a preview."""

    def __init__(self, name: str = "", form: CaseForm | None = None) -> None:
        self.name, self.form = name, form
        self.previewed: list[Previewed] | None = None
        self.changed = False


class CaseView(View):
    """Reading changes nothing; a moderator takes a case with a button, or by deciding on it."""

    site = cast(AdminSite, None)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._page(request, pk, _Page())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row, items = for_staff(request, pk)
        name = request.POST.get("action", "")
        if name in ACTIONS:
            return self._act(request, row, items, name)
        if name not in Step.values:
            raise Http404
        return self._step(request, row, items, Step(name))

    # --- Actions ------------------------------------------------------------------------------
    def _act(
        self, request: HttpRequest, row: Case, items: list[CaseItem], name: str
    ) -> HttpResponse:
        action, by = ACTIONS[name], acting(request)
        page = _Page(name, _bound(action, request, open_dossier(row, by, items), name))
        form = cast(CaseForm, page.form)

        def run() -> HttpResponse:
            if name == "approve" and "preview" in request.POST:
                page.previewed = preview_proposal(_proposal(row, form), by)
                return self._page(request, row.pk, page)
            return self._done(request, row, action.run(row, by, form), go_on=action.is_decision)

        return self._tried(request, row, page, run)

    # --- Steps of the table -------------------------------------------------------------------
    def _step(
        self, request: HttpRequest, row: Case, items: list[CaseItem], step: Step
    ) -> HttpResponse:
        by = acting(request)
        dossier = open_dossier(row, by, items)
        forms = step_forms(dossier, by, request.POST, step)
        if step.value not in forms:
            # The state does not allow it any more, or a colleague was faster.
            return self._page(request, row.pk, _gone(request, step))
        page = _Page(step.value, forms[step.value])
        form = forms[step.value]

        def run() -> HttpResponse:
            version, chosen = form.cleaned_data["version"], form.chosen()
            if "preview" in request.POST:
                page.previewed = preview(
                    row, by, step, form.decision(), version=version, items=chosen
                )
                return self._page(request, row.pk, page)
            done = decide(row, by, step, form.decision(), version=version, items=chosen)
            if isinstance(done, Proposal):
                said = _("Proposed. It is done when a second person approves it.")
            else:
                said = _("Done: %(step)s") % {"step": step.label}
            return self._done(request, row, f"{row.number} · {said}", go_on=True)

        return self._tried(request, row, page, run)

    # --- What follows -------------------------------------------------------------------------
    def _tried(
        self, request: HttpRequest, row: Case, page: _Page, run: Callable[[], HttpResponse]
    ) -> HttpResponse:
        """Do what was asked for; show why not, with all that was typed."""
        form = cast(CaseForm, page.form)
        if not form.is_valid():
            return self._page(request, row.pk, page)
        try:
            return run()
        except ChangedMeanwhileError:
            page.changed = True
        except PermissionDenied as error:
            form.add_error(None, _refusal(error))
        except ValidationError as error:
            form.refuse(error)
        return self._page(request, row.pk, page)

    def _done(self, request: HttpRequest, row: Case, said: str, *, go_on: bool) -> HttpResponse:
        if not go_on:
            messages.success(request, said)
            return HttpResponseRedirect(address(row))
        after = next_of(acting(request), row)
        link: SafeString | str = _("Nothing else waits for you.")
        if after is not None:
            following = _("Next: %(case)s") % {"case": after.number}
            link = format_html('<a href="{}">{}</a>', address(after), following)
        messages.success(request, format_html("{} {}", said, link))
        return HttpResponseRedirect(address(row))

    def _page(self, request: HttpRequest, pk: int, page: _Page) -> HttpResponse:
        row, items = for_staff(request, pk)
        by = acting(request)
        dossier = open_dossier(row, by, items)
        forms: dict[str, Any] = {
            **{name: _unbound(ACTIONS[name], dossier, name) for name in ACTIONS},
            **step_forms(dossier, by),
        }
        if page.form is not None:
            forms[page.name] = page.form
        seen = page.form.cleaned_data.get("seen") if page.changed and page.form else None
        context = {
            **self.site.each_context(request),
            "title": row.number,
            "opts": Case._meta,
            "dossier": dossier,
            "row": row,
            "forms": forms,
            "steps": [
                (offer.step.value, to_do(offer.step), forms[offer.step.value])
                for offer in dossier.offers
            ],
            "failed": page.name,
            "page": page,
            "since": _since(dossier, seen),
            "may_act": may_act(row, by),
            "is_mine": row.is_claimed and row.claimed_by_id == by.pk,
            "may_see_identity": by.has_perm("moderation.view_identity"),
            "can_renew": row.claimant is not None and can_renew(row.claimant),
            "next": next_of(by, row),
        }
        response = TemplateResponse(request, TEMPLATE, context)
        # Not no-referrer: the forms would be sent without an origin, and refused.
        response["Referrer-Policy"] = "same-origin"
        return response


def step_forms(
    dossier: Dossier, by: User, data: Any = None, only: Step | None = None
) -> dict[str, StepForm]:
    """Return a form for each step that the state allows, or for one, with what was filled in."""
    is_mine = dossier.case.is_claimed and dossier.case.claimed_by_id == by.pk
    pictures = pictures_of(dossier.case)
    return {
        offer.step.value: StepForm(
            data,
            prefix=offer.step.value,
            offer=offer,
            case=dossier.case,
            pictures=pictures,
            is_mine=is_mine,
        )
        for offer in dossier.offers
        if only is None or offer.step == only
    }


def _able(dossier: Dossier, name: str) -> list[CaseItem]:
    return dossier.can_withdraw if name == "withdraw" else dossier.waiting_for_proof


def _bound(action: Action, request: HttpRequest, dossier: Dossier, name: str) -> CaseForm:
    if issubclass(action.form, ItemsForm):
        able = _able(dossier, name)
        return action.form(request.POST, request.FILES, prefix=name, able=able)
    return action.form(request.POST, prefix=name)


def _unbound(action: Action, dossier: Dossier, name: str) -> CaseForm:
    if issubclass(action.form, ItemsForm):
        return action.form(prefix=name, able=_able(dossier, name))
    return action.form(prefix=name)


class _LostForm(CaseForm):
    """A form of a step that is no longer offered: what was typed is shown."""


def _gone(request: HttpRequest, step: Step) -> _Page:
    form = _LostForm(request.POST, prefix=step.value)
    form.is_valid()
    form.add_error(None, _("This is not possible any more: the case has changed meanwhile."))
    page = _Page(step.value, form)
    page.changed = True
    form.typed = request.POST.get(f"{step.value}-text", "")  # type: ignore[attr-defined]
    return page


def _refusal(error: PermissionDenied) -> str:
    text = str(error)
    if "approver" in text:
        return _("Somebody else must approve what you proposed. That you tried is recorded.")
    return reasons(error) if text.startswith("moderation") or not text else text


def _proposal(row: Case, form: CaseForm) -> Proposal:
    number = form.cleaned_data["proposal"] if isinstance(form, ProposalForm) else 0
    return get_object_or_404(Proposal, pk=number, case=row)


def _since(dossier: Dossier, seen: int | None) -> list[LineView]:
    """Return what was recorded since the moderator read the case."""
    return [line for line in dossier.lines if seen is not None and line.event.seq > seen]


@require_POST
def evidence(request: HttpRequest, pk: int, number: int) -> FileResponse:
    """Hand a file of a case to be saved. By POST: that an identity document is looked at is
    recorded each time, and no link that is fetched ahead may do that."""
    row, _items = for_staff(request, pk)
    found = get_object_or_404(
        Evidence.objects.select_related("case__claimant"), pk=number, case=row
    )
    try:
        file = open_evidence(found, by=acting(request))
    except FileNotFoundError as error:
        raise Http404 from error
    return as_attachment(found, file)
