"""The pages where one looks after one's own account: notices, settings, data, the end."""

from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from allauth.core import ratelimit
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from articles.models import Contributor, User
from submissions.account_forms import BylineForm, CloseForm, MailForm
from submissions.services.bylines import describe_byline
from submissions.services.closing import close_account, may_close
from submissions.services.export import export_account
from submissions.services.mail import muted, read_token, set_muted
from submissions.services.mail import unsubscribe as unsubscribe_by_token
from submissions.services.notices import latest, mark_read
from submissions.views.access import acting

NOTICES_SHOWN = 30


@login_required
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """One's notices, the newest first. One query, and one for the mark in the header."""
    asked = request.GET.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else 0
    if number < 1:
        raise Http404
    start = (number - 1) * NOTICES_SHOWN
    lines = latest(acting(request), NOTICES_SHOWN + 1, start)
    context = {
        "notices": lines[:NOTICES_SHOWN],
        "has_unread": any(line.is_unread for line in lines[:NOTICES_SHOWN]),
        "previous": number - 1,
        "next": number + 1 if len(lines) > NOTICES_SHOWN else 0,
    }
    return render(request, "submissions/notices.html", context)


@login_required
@require_POST
def read_notices(request: HttpRequest) -> HttpResponse:
    """Mark the named notices as read (fields `notice`), or all of them where none is named."""
    asked = request.POST.getlist("notice")
    numbers = [int(n) for n in asked if n.isascii() and n.isdigit() and len(n) < 19]
    mark_read(acting(request), numbers if asked else None)
    return redirect("me:notices")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Which mails one gets, and what stands beside one's name. Each form is sent by itself."""
    person = acting(request)
    contributor = Contributor.objects.filter(user=person).select_related("avatar").first()
    sent = request.POST.get("form", "")
    data = request.POST if request.method == "POST" else None
    mails = MailForm(data if sent == "mails" else None, muted=muted(person))
    byline = BylineForm(
        data if sent == "byline" else None,
        request.FILES if sent == "byline" else None,
        initial={"bio": contributor.bio if contributor is not None else ""},
    )
    if sent == "mails" and mails.is_valid():
        set_muted(person, mails.muted())
        return _saved("mails")
    if sent == "byline" and contributor is not None and _save_byline(person, byline):
        return _saved("byline")
    context = {
        "mails": mails,
        "byline": byline,
        "contributor": contributor,
        "saved": request.GET.get("saved", ""),
        "may_close": may_close(person),
    }
    return render(request, "submissions/settings.html", context)


def _saved(what: str) -> HttpResponse:
    response = redirect("me:settings")
    response["Location"] += f"?saved={what}#{what}"
    return response


def _save_byline(person: User, form: BylineForm) -> bool:
    """Save what the form says of the byline; False where something is wrong, which it then says."""
    if not form.is_valid():
        return False
    cleaned = form.cleaned_data
    try:
        describe_byline(
            person, bio=cleaned["bio"], upload=cleaned["avatar"], removes=cleaned["remove_avatar"]
        )
    except ValidationError as error:
        form.add_error("avatar", error)
        return False
    return True


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Mute one kind of mail, without signing in (RFC 8058: the mail program posts here). A mere
    visit asks first, since link checkers visit. 404 for a token that this site has not made.

    No CSRF token is asked: the address itself is the secret, and a mail program has no form.
    """
    try:
        if request.method == "POST":
            happening = unsubscribe_by_token(token)
        else:
            happening = read_token(token)[1]
    except BadSignature as error:
        raise Http404 from error
    context = {"happening": happening, "is_done": request.method == "POST"}
    return render(request, "submissions/unsubscribe.html", context)


@login_required
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]
@require_http_methods(["GET", "HEAD", "POST"])
def data(request: HttpRequest) -> HttpResponseBase:
    """What is kept about oneself, and all of it as a ZIP (POST, after the password)."""
    if request.method != "POST":
        return render(request, "submissions/data.html")
    if limited := ratelimit.consume_or_429(request, action="export"):
        return cast("HttpResponse", limited)
    day = timezone.localdate().isoformat()
    return FileResponse(
        export_account(acting(request)),
        as_attachment=True,
        filename=f"{_('my-data')}-{day}.zip",
        content_type="application/zip",
    )


@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest) -> HttpResponse:
    """Close one's own account, after the password and with the address typed."""
    person = acting(request)
    context: dict[str, Any] = {"layout": "allauth/layouts/manage.html", "is_staff": False}
    if not may_close(person):
        return render(request, "submissions/close.html", {**context, "is_staff": True})
    has_articles = Contributor.objects.filter(user=person, articles__isnull=False).exists()
    form = CloseForm(
        request.POST if request.method == "POST" else None,
        account=person,
        initial={"byline": "keep"},
    )
    if request.method == "POST" and form.is_valid():
        keeps = form.cleaned_data["byline"] == "keep"
        close_account(person, keeps_byline=keeps)
        logout(request)
        layout = "allauth/layouts/entrance.html"
        context |= {"layout": layout, "is_done": True, "keeps_byline": keeps and has_articles}
        return render(request, "submissions/close.html", context)
    context |= {"form": form, "has_articles": has_articles}
    return render(request, "submissions/close.html", context)
