"""Who may do what with cases. articles.services.roles puts it together with the rest."""

from typing import Final

from articles.services.roles import MODERATOR, permissions_of

# Cases are added and changed by services alone and never deleted, so nobody is given that.
_MODERATOR = (
    permissions_of("moderation", "case", "view handle")
    | {"moderation.view_identity"}
    | permissions_of("moderation", "cannedreply")
)

ROLES: Final[dict[str, frozenset[str]]] = {MODERATOR: _MODERATOR}
