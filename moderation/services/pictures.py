"""Which pictures cases speak of: told to the desk's library, which lets them be."""

from typing import Final

from django.utils.translation import gettext_lazy

from articles.services.library import Use, related_source
from moderation.models import CaseItem

# What a case is about is for those who handle it: the library says no more than that there is one.
SOURCES: Final = (
    related_source(
        "case", gettext_lazy("in a case"), CaseItem, "picture", lambda item: Use(row=item.case),
        related=["case"], is_record=True,
    ),
)  # fmt: skip
