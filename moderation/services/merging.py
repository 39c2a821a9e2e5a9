"""What follows here when bylines are merged: strikes and parties are those of the target."""

from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import Contributor
from articles.services.merging import Kind
from moderation.models import Party, Strike
from moderation.services.conduct import apply_strikes


def planned(origin: Kind) -> list[tuple[str, int]]:
    """Return what of this app a merge would move, and how much of it. One query."""
    if not isinstance(origin, Contributor):
        return []
    return [(_("strikes"), Strike.objects.filter(contributor=origin).count())]


def follow(origin: Kind, target: Kind) -> None:
    """Move it. Of two strikes in one case one counts: the other loses its byline, as where a
    byline is deleted. Then the target's standing is what its strikes lead to."""
    if not (isinstance(origin, Contributor) and isinstance(target, Contributor)):
        return
    Party.objects.filter(contributor=origin).update(contributor=target)
    present = Strike.objects.filter(contributor=target).values("case")
    moved = Strike.objects.filter(contributor=origin).exclude(case__in=list(
        present.values_list("case", flat=True)
    )).update(contributor=target)  # fmt: skip
    if moved:
        apply_strikes(target, timezone.now())
