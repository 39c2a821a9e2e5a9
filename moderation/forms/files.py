"""Files in a form: taken in at once and carried along until the form is accepted, so that nobody
has to choose them again after an error."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from moderation.models import UNSHAREABLE, Evidence, EvidenceKind, Party
from moderation.services.evidence import (
    ACCEPTED,
    drop,
    evidence_of_tokens,
    set_shareable,
    stage_all,
    token_of,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass
class FileGroup:
    """Files that prove one thing: what the form asks for, and what was handed in so far."""

    kind: EvidenceKind
    label: "StrOrPromise"
    hint: "StrOrPromise"
    # How the label marks it: "needed", "optional" or "".
    mark: str = "optional"
    staged: list[Evidence] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    is_shared: bool = False

    @property
    def name(self) -> str:
        return f"file-{self.kind.value}"

    @property
    def share_name(self) -> str:
        return f"share-{self.kind.value}"

    @property
    def can_share(self) -> bool:
        return self.kind not in UNSHAREABLE

    @property
    def accept(self) -> str:
        return ACCEPTED

    @property
    def carried(self) -> list[tuple[str, Evidence]]:
        """The staged files with the tokens by which the form carries them."""
        return [(token_of(row), row) for row in self.staged]


class Files:
    """The groups of files of one form. `data` and `files` are those of the request (None: the form
    was not sent yet), `party` whoever has handed in files in this case before."""

    def __init__(
        self,
        groups: Sequence[FileGroup],
        data: Any = None,
        files: Any = None,
        *,
        party: Party | None = None,
    ) -> None:
        self.groups, self._data, self._files, self._party = list(groups), data, files, party
        for group in self.groups:
            group.is_shared = group.can_share and data is not None and group.share_name in data

    def __iter__(self) -> Iterator[FileGroup]:
        return iter(self.groups)

    def take(self, may_stage: Callable[[], bool] = lambda: True) -> None:
        """Bring back what the form carried, leave out what was unticked, and stage what came with
        it. `may_stage` is asked for each new file. Not to be called within a transaction."""
        if self._data is None:
            return
        # A page that was shown again carries its files in `staged`; `unstage` takes one out.
        unwanted = set(self._data.getlist("unstage"))
        carried = [token for token in self._data.getlist("staged") if token not in unwanted]
        drop(evidence_of_tokens(unwanted & set(self._data.getlist("staged"))))
        rows = evidence_of_tokens(carried)
        for group in self.groups:
            group.staged = [row for row in rows if row.kind == group.kind]
            if group.can_share:
                set_shareable(group.staged, is_shareable=group.is_shared)
        for group in self.groups:
            self._take_new(group, may_stage)

    def _take_new(self, group: FileGroup, may_stage: Callable[[], bool]) -> None:
        uploads = [upload for upload in self._files.getlist(group.name) if upload.name]
        allowed = [upload for upload in uploads if may_stage()]
        if len(allowed) < len(uploads):
            group.errors.append(
                _("Too many files came from your network within a short time. Try later.")
            )
        rows, refused = stage_all(
            allowed,
            group.kind,
            is_shareable=group.is_shared,
            beside=self.staged,
            party=self._party,
        )
        group.staged += rows
        group.errors += refused

    @property
    def staged(self) -> list[Evidence]:
        return [row for group in self.groups for row in group.staged]

    @property
    def numbers(self) -> list[int]:
        """What services take as `evidence`."""
        return [row.pk for row in self.staged]

    @property
    def kinds(self) -> set[str]:
        return {str(row.kind) for row in self.staged}

    @property
    def has_errors(self) -> bool:
        return any(group.errors for group in self.groups)
