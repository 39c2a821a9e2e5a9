"""The desk's first page: what the apps offer for it, put together."""

import logging

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles import panels as of_articles
from articles.desk import acting
from articles.panels import Offer, Panel
from moderation import panels as of_moderation
from submissions import panels as of_submissions

log = logging.getLogger(__name__)

_PILES = (
    of_moderation.pile_of_cases,
    of_submissions.pile_of_submissions,
    of_articles.pile_of_articles,
    of_articles.pile_of_operator,
)
# What the tasks do, in words.
_TASKS = {
    "articles.services.cards.draw_card": gettext_lazy("Draw a picture for sharing"),
    "articles.services.pictures.render_picture": gettext_lazy("Make a picture's small versions"),
    "articles.services.pictures.place_files": gettext_lazy("Move a picture's files"),
    "articles.services.purging.send_purges": gettext_lazy("Purge the CDN"),
    "articles.services.pushing.send_pushes": gettext_lazy("Tell search engines"),
    "articles.services.related.relate": gettext_lazy("Find related articles"),
    "articles.search.tasks.index_waiting_articles": gettext_lazy("Bring the search up to date"),
    "submissions.services.examining.examine": gettext_lazy("Examine a submission"),
    "submissions.originality.tasks.index_waiting_texts": gettext_lazy("Compare texts"),
    "moderation.webhook.tell": gettext_lazy("Tell the operator's other system of a case"),
}


def piles(request: HttpRequest) -> Panel:
    """What waits, the urgent first."""
    user = acting(request)
    found = [pile for offer in _PILES for pile in offer(user)]
    found.sort(key=lambda pile: not pile.is_urgent)
    return Panel("piles", _("What waits"), {"piles": found}, is_wide=True)


def failures(request: HttpRequest) -> Panel | None:
    """What failed, for those who can do something about it."""
    found = of_articles.troubles(acting(request), _TASKS)
    if found is None:
        return None
    return Panel("failures", _("What failed"), {"troubles": found})


OFFERS: tuple[Offer, ...] = (
    piles,
    of_moderation.calendar,
    of_articles.work,
    failures,
    of_articles.plan,
    of_articles.reading,
    of_articles.changes,
    of_articles.searches,
)


def panels_for(request: HttpRequest) -> list[Panel]:
    """Return the panels that concern whoever asks. One that fails is logged and said to have
    failed; the others stand."""
    found = []
    for offer in OFFERS:
        try:
            panel = offer(request)
        except Exception:
            log.exception("A panel of the desk failed: %s", offer.__name__)
            panel = Panel("broken", _("Something could not be shown"))
        if panel is not None:
            found.append(panel)
    return found
