"""The policy pages. Every number on them comes from the settings that the deadlines run by
(`moderation.policy`), so that what is promised is what is done."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles.seo import PageMeta
from moderation.elements import COUNTER_ELEMENTS, COUNTER_REQUIRED, ELEMENTS, REQUIRED
from moderation.models import Kind
from moderation.policy import Policy, get_policy
from moderation.services.evidence import ALL_BYTES, FILE_BYTES, FILES_AT_MOST
from moderation.services.wording import first_decision_in_words, wait_in_words

_MEGABYTE = 1024 * 1024


def _page(
    request: HttpRequest, name: str, title: str, description: str, **more: object
) -> HttpResponse:
    policy = get_policy()
    meta = PageMeta(title=title, description=description, path=request.path)
    context = {"meta": meta, "policy": policy, "wait": wait_in_words(policy), **more}
    return render(request, f"moderation/policies/{name}.html", context)


@require_safe
def notice(request: HttpRequest) -> HttpResponse:
    """How to complain, what a notice contains, what happens then and by when (条例 14–17;
    民法典 1195, 1196; 网络信息内容生态治理规定 16). No query of its own."""
    return _page(
        request,
        "notice",
        _("How to complain"),
        _("What a notice must contain, what happens to it, and by when"),
        kinds=_kinds(get_policy()),
        counter=[COUNTER_ELEMENTS[code] for code in COUNTER_REQUIRED],
        files=FILES_AT_MOST,
        megabytes=FILE_BYTES // _MEGABYTE,
        all_megabytes=ALL_BYTES // _MEGABYTE,
    )


def _kinds(policy: Policy) -> list[dict[str, object]]:
    return [
        {
            "label": kind.label,
            "elements": [ELEMENTS[code].name for code in REQUIRED[kind]],
            "decision": first_decision_in_words(kind, policy),
        }
        for kind in Kind
        if kind != Kind.ORDER
    ]


@require_safe
def copyright_policy(request: HttpRequest) -> HttpResponse:
    """Whose the articles are, and what the site is to them (条例 22). No query of its own."""
    title = _("Copyright policy")
    return _page(request, "copyright", title, _("Whose the articles are, and how they may be used"))


@require_safe
def repeat(request: HttpRequest) -> HttpResponse:
    """What repeated wrongs lead to, on either side (信网权规定 9; 512(i); DSA 23)."""
    title = _("Repeated infringement and unfounded notices")
    return _page(request, "repeat", title, _("Strikes, suspension, and notices in bad faith"))


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept of a notice, how long, and who sees it (个人信息保护法 6, 17, 19, 45–47)."""
    title = _("How the data of a notice are protected")
    return _page(request, "privacy", title, _("What is kept of a notice, how long, who sees it"))
