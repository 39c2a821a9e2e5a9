"""Where those go who find that something here infringes their rights, and how they say so."""

from typing import Any, Final

from allauth.account.adapter import get_adapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from articles.models import Article
from articles.seo import PageMeta
from moderation.elements import ELEMENTS, REQUIRED
from moderation.forms.plan import KINDS
from moderation.forms.progress import gaps_in, problems_in, stages_of
from moderation.forms.report import ReportForm
from moderation.models import Kind, Party, Role, State
from moderation.policy import get_policy
from moderation.services.intake import submit
from moderation.services.parties import link_of
from moderation.services.targets import find_targets
from moderation.views.limits import may_stage, refused

# What the page after sending needs: whose notice it is, and whether its link may still be shown.
_SENT: Final = "moderation.sent"


@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """Say how to give notice of an infringement, by form, by mail or by letter, and what a notice
    must contain (信息网络传播权保护条例, art. 14; 民法典, art. 1195). Two queries with an article
    named (`?article=`)."""
    number = _asked_article(request)
    article = None
    if number:
        article = Article.objects.visible().filter(pk=number).only("title").first()
    context = {
        "article": article,
        "number": number,
        "kinds": [(kind, REQUIRED[kind]) for kind in KINDS],
        "elements": [ELEMENTS[code] for code in REQUIRED[Kind.COPYRIGHT]],
        "policy": get_policy(),
        "meta": PageMeta(
            title=_("Report an infringement"),
            description=_("How to report that an article here infringes a right"),
            path="/report/",
        ),
    }
    return render(request, "moderation/report.html", context)


def _asked_article(request: HttpRequest) -> int:
    number = request.GET.get("article", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0


@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, kind: str) -> HttpResponse:
    """Give notice of one kind. Whatever is wrong, what was typed and handed in stays. About 15
    queries to show it, 60 to take a notice in."""
    asked = Kind(kind)
    if request.method == "POST":
        return _take(request, asked)
    number = _asked_article(request)
    found = find_targets(str(number)).articles if number else []
    return _show(request, ReportForm(asked, article=found[0] if found else None))


def _take(request: HttpRequest, kind: Kind) -> HttpResponse:
    """Take a notice in. One that lacks elements is shown once more with their names; sent again
    as it is, it is taken in and waits to be completed."""
    typed = ReportForm(kind, request.POST, request.FILES, host=request.get_host())
    is_sendable = typed.is_valid()
    typed.take_files(lambda: may_stage(request))
    do = request.POST.get("do", "")
    if do == "look":
        typed.show_targets_alone()
        return _show(request, typed, focus="targets")
    is_sendable = typed.is_sendable
    codes = ",".join(element.code for element in typed.missing())
    if not is_sendable or do == "check" or codes not in {"", request.POST.get("seen", "")}:
        return _show(request, typed, seen=codes if is_sendable else "")
    good = typed.cleaned_data
    articles = [part.article.pk for part in typed.parts]
    why_not = refused(
        request, email=good.get("email", ""), articles=articles, is_solved=bool(good["riddle"])
    )
    if why_not:
        return _show(request, typed, seen=codes, refusal=why_not)
    notice = typed.notice(
        ip=get_adapter(request).get_client_ip(request),
        user_agent=request.headers.get("User-Agent", ""),
    )
    try:
        case = submit(notice).case
    except ValidationError as error:
        return _show(request, typed, seen=codes, refusal=" ".join(error.messages))
    request.session[_SENT] = {"party": case.claimant_id, "shows_link": not notice.person.email}
    return redirect("moderation:sent")


def _show(request: HttpRequest, shown: ReportForm, **context: Any) -> HttpResponse:
    context |= {
        "form": shown,
        "kind": shown.kind,
        "stages": stages_of(shown),
        "problems": problems_in(shown) if shown.is_bound else [],
        "gaps": gaps_in(shown) if shown.is_bound and shown.shows_errors else [],
        "policy": get_policy(),
        "meta": PageMeta(
            title=_("Report: %(kind)s") % {"kind": shown.kind.label},
            description="",
            path=request.path,
            noindex=True,
        ),
    }
    response = render(request, "moderation/report_form.html", context)
    # The address holds no secret. With no-referrer browsers would call the origin of the form
    # "null", and it would be refused as forged.
    response["Referrer-Policy"] = "same-origin"
    return response


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """Say what becomes of the notice that this browser has just sent. The link to the page of a
    notice without e-mail address is shown once. Three queries."""
    mark = request.session.get(_SENT)
    party = None
    if mark is not None:
        rows = Party.objects.filter(pk=mark["party"], role=Role.CLAIMANT)
        party = rows.select_related("case").first()
    if mark is None or party is None:
        return redirect("moderation:report")
    link = ""
    if mark["shows_link"]:
        link = link_of(party)
        request.session[_SENT] = mark | {"shows_link": False}
    item = party.case.items.first()
    context = {
        "case": party.case,
        "item": item,
        "is_unconfirmed": item is not None and item.state == State.UNCONFIRMED,
        "masked": _masked(party.email),
        "link": link,
        "gaps": [ELEMENTS[code] for code in party.case.gaps],
        "policy": get_policy(),
        "meta": PageMeta(
            title=_("Your notice has arrived"), description="", path=request.path, noindex=True
        ),
    }
    return render(request, "moderation/report_sent.html", context)


def _masked(email: str) -> str:
    """Return an address as who typed it knows it again, and nobody else reads it."""
    name, at, domain = email.rpartition("@")
    return f"{name[:1]}***{at}{domain}" if at else ""
