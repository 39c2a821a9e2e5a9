"""Authors become bylines, categories become categories; both once, however often they come."""

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from articles.folding import fold
from articles.models import Category, Contributor
from articles.services.imports import records, remember
from articles.services.taxonomy import free_slug, save_category, save_contributor
from articles.wxr.items import Author, Term
from articles.wxr.names import plain
from articles.wxr.plan import decoded
from articles.wxr.report import CREATED, FAILED, UNCHANGED, Entry, Report

_NAME = 60


class Bylines:
    """Finds or makes the byline of an author by login."""

    def __init__(self, source: str, report: Report, *, is_dry: bool) -> None:
        self.source = source
        self.report = report
        self.is_dry = is_dry
        self.addresses: dict[str, str] = {}
        self._known: dict[str, Contributor] = {}
        self._names: dict[str, str] = {}

    def introduce(self, author: Author) -> None:
        """Make the byline of an author whom the export lists."""
        login = author.login or author.email or author.name
        if login and login not in self._known:
            self._names[login] = author.name
            self.get(login)

    def get(self, login: str) -> Contributor:
        """Return the byline for a login; without one, of the unnamed. Raises ValidationError."""
        login = login[:200]
        if login not in self._known:
            self._known[login] = self._find(login) or self._make(login)
            self.addresses[login.lower()] = self._known[login].get_absolute_url()
        return self._known[login]

    def _find(self, login: str) -> Contributor | None:
        record = records(self.source, "author", [login]).get(login)
        if record is None:
            return None
        found = Contributor.objects.filter(pk=record.object_id or 0).first()
        if found is not None:
            self._tell(login, found, UNCHANGED)
        return found

    def _make(self, login: str) -> Contributor:
        name = plain(self._names.get(login, ""))[:_NAME] or plain(login)[:_NAME]
        name = name or _("Unnamed")
        base = slugify(decoded(login).replace(".", "-").replace("@", ""), allow_unicode=True)[:60]
        slug = base if base and not Contributor.objects.filter(slug=base).exists() else ""
        made = Contributor(name=self._free_name(name, login), slug=slug)
        why = [] if made.name == name else [_("Another contributor has this name already.")]
        if self.is_dry:
            made.slug = slug or free_slug(Contributor, made.name, "author")
        else:
            with transaction.atomic():
                made = save_contributor(made, None)
                remember(self.source, "author", login, made.pk, "")
        self._tell(login, made, CREATED, why)
        return made

    def _free_name(self, name: str, login: str) -> str:
        """Return the name, with the login or a number behind it where others have it."""
        taken = {c.name for c in self._known.values()} if self.is_dry else set()
        if not _is_taken(name, taken):
            return name
        candidate = f"{name[:30]}（{login[:26]}）"
        number = 2
        while _is_taken(candidate, taken):
            candidate, number = f"{name[:50]} {number}", number + 1
        return candidate

    def _tell(self, login: str, made: Contributor, what: str, why: list[str] | None = None) -> None:
        self.report.add(
            Entry(
                f"author:{login}", "author", "", made.name, what, made.get_absolute_url(), why or []
            )
        )


def _is_taken(name: str, others: set[str]) -> bool:
    folded = fold(name).replace(" ", "") or name
    if any((fold(other).replace(" ", "") or other) == folded for other in others):
        return True
    return Contributor.objects.filter(folded_name=folded).exists()


class Columns:
    """The categories of the export, by their slug there."""

    def __init__(self, source: str, report: Report, *, is_dry: bool) -> None:
        self.source = source
        self.report = report
        self.is_dry = is_dry
        self.terms: dict[str, Term] = {}
        self.numbers: dict[str, str] = {}
        self.changed = 0
        self._known: dict[str, Category | None] = {}

    def list(self, term: Term) -> None:
        """Take down a category that the export lists."""
        key = term.slug or term.name
        if key and key not in self.terms:
            self.terms[key] = term
        if term.number:
            self.numbers.setdefault(term.number, key)

    def make_all(self) -> None:
        """Make all listed categories, parents first whatever their order."""
        for key in self.terms:
            self.get(key)

    def get(self, key: str, name: str = "") -> Category | None:
        """Return the category of a slug, made where it is missing; None where it cannot be. A
        chain of parents that bites its tail ends where it would."""
        chain: list[str] = []
        while key and key not in self._known and key not in chain:
            chain.append(key)
            key = self._parent_key(key)
        parent = self._known.get(key) if key not in chain else None
        for below in reversed(chain):
            parent = self._known[below] = self._settle(below, name, parent)
        return self._known.get(chain[0] if chain else key)

    def addresses(self) -> dict[str, str]:
        """Return where each category of the export lies now."""
        return {
            decoded(key): category.get_absolute_url()
            for key, category in self._known.items()
            if category is not None
        }

    def old_path(self, key: str) -> str:
        """Return the path a category had, with its parents."""
        way: list[str] = []
        while key and decoded(key) not in way and len(way) < 50:
            way.insert(0, decoded(key))
            key = self._parent_key(key)
        return "/category/" + "/".join(way) + "/"

    def _parent_key(self, key: str) -> str:
        parent = self.terms[key].parent if key in self.terms else ""
        return parent if parent in self.terms and parent != key else ""

    def _settle(self, key: str, name: str, parent: Category | None) -> Category | None:
        term = self.terms.get(key) or Term(key, name or decoded(key))
        entry = Entry(self.old_path(key), "category", "", plain(term.name))
        try:
            found, entry.what = self._found_or_made(key, term, parent)
        except (ValidationError, DatabaseError) as error:
            entry.what, entry.why = FAILED, [str(error)]
            self.report.add(entry)
            return None
        if found is not None:
            entry.new_url = found.get_absolute_url()
        self.report.add(entry)
        return found

    def _found_or_made(
        self, key: str, term: Term, parent: Category | None
    ) -> tuple[Category | None, str]:
        record = records(self.source, "category", [key[:200]]).get(key[:200])
        found = Category.objects.filter(pk=record.object_id or 0).first() if record else None
        if found is not None:
            return found, UNCHANGED
        slug = slugify(decoded(key), allow_unicode=True)[:150]
        # A category of the same address and name is the same: two sites' 技术 need no 技术-2.
        same = Category.objects.filter(slug=slug, name=plain(term.name)[:_NAME]).first()
        made = same or Category(
            name=plain(term.name)[:_NAME] or slug[:_NAME],
            parent=parent,
            description=plain(term.description)[:300],
        )
        if same is None:
            is_free = bool(slug) and not Category.objects.filter(slug=slug).exists()
            made.slug = slug if is_free else free_slug(Category, made.name, "category")
        if not self.is_dry:
            with transaction.atomic():
                if same is None:
                    save_category(made, None, is_shown=False)
                remember(self.source, "category", key[:200], made.pk, "")
            self.changed += 1
        return made, UNCHANGED if same else CREATED
