"""The addresses of lists and pages: what follows when one is renamed, changed or gone."""

from articles.services.announcing import owe_pushes
from articles.services.redirects import lead_on


def settle_place(old: str, new: str | None) -> None:
    """Let an address that moved lead to the new one, and owe the engines the news of both; with
    one address that the page there changed; without a new one that it is gone.

    Called in the transaction of the change. Five queries where it moved, and those of
    owe_pushes().
    """
    if new is None:
        owe_pushes({old: True})
        return
    lead_on(old, new)
    owe_pushes({old: old != new} | {new: False})
