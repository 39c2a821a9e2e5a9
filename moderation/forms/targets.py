"""What of an article a notice is about: the whole of it, passages, or pictures."""

from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

from articles.html import strip_control
from articles.models import Article, Picture, Scope
from moderation.services.intake import Target, is_precise
from moderation.services.targets import shown_pictures

PASSAGES_AT_MOST: Final = 5
CHARACTERS_AT_MOST: Final = 5000


@dataclass
class Part:
    """An article that a notice is about, and what of it. `pictures` are those that readers see; an
    article that they do not see has no title here."""

    article: Article
    is_shown: bool
    pictures: list[Picture]
    scope: str = Scope.WHOLE
    passages: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)

    def read(self, data: Any) -> None:
        """Take over what a form that was sent says of this article."""
        pk = self.article.pk
        scope = data.get(f"scope-{pk}", "")
        self.scope = scope if scope in Scope.values else Scope.WHOLE
        typed = [strip_control(text).strip() for text in data.getlist(f"passage-{pk}")]
        self.passages = [text for text in typed if text][:PASSAGES_AT_MOST]
        known = {picture.key for picture in self.pictures}
        self.chosen = [key for key in data.getlist(f"picture-{pk}") if key in known]

    @property
    def address(self) -> str:
        return f"{settings.SITE_URL}{self.article.get_absolute_url()}"

    @property
    def title(self) -> str:
        return self.article.title if self.is_shown else ""

    @property
    def boxes(self) -> list[str]:
        """The passages as typed, and an empty box to type another into."""
        return [*self.passages, ""][:PASSAGES_AT_MOST]

    @property
    def error(self) -> str:
        """What keeps this part from being taken in; empty where nothing does."""
        if self.scope == Scope.PASSAGE and not self.passages:
            return _("Paste the passage that you mean, or choose the whole article.")
        if any(len(text) > CHARACTERS_AT_MOST for text in self.passages):
            return _("A passage has at most %(limit)d characters. Choose the whole article.") % {
                "limit": CHARACTERS_AT_MOST
            }
        if self.scope == Scope.IMAGE and not self.chosen:
            return _("Choose the picture that you mean, or the whole article.")
        return ""

    @property
    def strays(self) -> bool:
        """Whether a passage does not stand in the article as it was pasted."""
        return self.scope == Scope.PASSAGE and not all(
            is_precise(self.article, self.scope, passage) for passage in self.passages
        )

    def targets(self) -> list[Target]:
        if self.scope == Scope.PASSAGE:
            return [Target(self.article, Scope.PASSAGE, text) for text in self.passages]
        if self.scope == Scope.IMAGE:
            chosen = [picture for picture in self.pictures if picture.key in self.chosen]
            return [Target(self.article, Scope.IMAGE, picture=picture) for picture in chosen]
        return [Target(self.article)]


def parts_of(articles: list[Article], data: Any = None) -> list[Part]:
    """Return the parts of a form, one for each article. Two queries."""
    shown = shown_pictures(articles)
    parts = [Part(row, row.pk in shown, shown.get(row.pk, [])) for row in articles]
    for part in parts:
        if data is not None:
            part.read(data)
    return parts
