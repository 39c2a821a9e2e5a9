"""How many notices are taken from one network, for one e-mail address and about one article.

Volume never hides an article, and nobody's notice is refused because others sent theirs: many
notices about one article only make the proof of work compulsory (TAKEDOWN.md §8).
"""

from collections.abc import Iterable

from allauth.core import ratelimit
from django.http import HttpRequest
from django.utils.translation import gettext as _

from articles.services.site import get_site
from submissions.proof import refusal, without_proof


def may_stage(request: HttpRequest) -> bool:
    """Say whether one more file is taken from this network, and count it."""
    return bool(ratelimit.consume(request, action="report_file"))


def refused(
    request: HttpRequest, *, email: str, articles: Iterable[int], is_solved: bool
) -> str | None:
    """Return why a notice is not taken in now, in the reader's language; None where it is. Counts
    it. The answer is the same whoever's the address is. The counts are in the cache.

    To be asked last, so that only what would come in otherwise is counted.
    """
    if not is_solved:
        if any(not _count_target(request, pk, dry_run=True) for pk in articles):
            return _(
                "Many notices about this article are coming in, so that each browser has to solve "
                "a riddle first. Yours did not. Switch on JavaScript and send this again, or write "
                "to %(address)s (@ for #)."
            ) % {"address": get_site().takedown_address}
        if not without_proof(request, "report"):
            return refusal()
    if not ratelimit.consume(request, action="report"):
        return _(
            "Too many notices came from your network within a short time. What you typed stays "
            "here: send it again later, or write to %(address)s (@ for #)."
        ) % {"address": get_site().takedown_address}
    if email and not ratelimit.consume(request, action="report_mail", key=email.casefold()):
        return _(
            "Too many notices with this e-mail address came within a short time. Confirm those "
            "that we sent links for, send this again later, or write to %(address)s (@ for #)."
        ) % {"address": get_site().takedown_address}
    for pk in articles:
        _count_target(request, pk)
    return None


def _count_target(request: HttpRequest, pk: int, *, dry_run: bool = False) -> bool:
    key = str(pk)
    return bool(ratelimit.consume(request, action="report_target", key=key, dry_run=dry_run))
