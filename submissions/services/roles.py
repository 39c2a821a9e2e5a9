"""Who may do what with submissions. articles.services.roles puts it together with the rest."""

from typing import Final

from articles.services.roles import CHIEF_EDITOR, EDITOR, permissions_of

# Submissions themselves are added, changed and deleted by services alone, so nobody is given that.
_EDITOR = permissions_of("submissions", "submission", "view review")
_CHIEF_EDITOR = (
    _EDITOR
    | {"submissions.decide_escalated"}
    | permissions_of("submissions", "cannedreason")
    | permissions_of("submissions", "watchedword")
    | permissions_of("submissions", "terms", "view add")
    | permissions_of("submissions", "standing", "view")
)

ROLES: Final[dict[str, frozenset[str]]] = {EDITOR: _EDITOR, CHIEF_EDITOR: _CHIEF_EDITOR}
