"""Cases, their items and the measures that items took."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models import Scope
from moderation.models.states import FINAL_STATES, OPEN_STATES, STAFF_STATES, Finding, Kind, State

_FINAL = [state.value for state in FINAL_STATES]
_OPEN = [state.value for state in OPEN_STATES]


class CaseCounter(models.Model):
    """How many case numbers a year has given out."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("counter of cases")
        verbose_name_plural = _("counters of cases")

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class Source(models.TextChoices):
    """How a notice came in."""

    FORM = "form", _("Form")
    EMAIL = "email", _("E-mail")
    PAPER = "paper", _("Letter")


class Case(models.Model):
    """One notice, of one claimant, about one or more articles. Only services write it.

    What is personal stands in parties, statements and evidence; this row is the skeleton that
    stays when they are erased.
    """

    number = models.CharField(_("number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    source = models.CharField(
        _("came by"), max_length=8, choices=Source.choices, default=Source.FORM
    )
    # Of unlawful content, its category; of privacy, the kind of data.
    category = models.CharField(_("category"), max_length=40, blank=True)
    measure_asked = models.CharField(_("measure asked for"), max_length=20, blank=True)
    claimant = models.ForeignKey(
        "moderation.Party",
        verbose_name=_("claimant"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    # The notice as it stands now; earlier versions are among the case's statements.
    claim = models.ForeignKey(
        "moderation.Statement",
        verbose_name=_("notice"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    # Which elements are missing at present: codes such as "A" or "E" (TAKEDOWN.md §2).
    gaps: models.JSONField[list[str], list[str]] = models.JSONField(default=list, blank=True)
    has_new_grounds = models.BooleanField(
        _("brings proof of proceedings or new evidence"), default=False
    )
    is_slow = models.BooleanField(_("without fast track"), default=False)
    received_at = models.DateTimeField(_("received"))
    # The clock of the first decision runs from here.
    complete_at = models.DateTimeField(_("complete since"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    order_authority = models.CharField(_("court or authority"), max_length=100, blank=True)
    order_number = models.CharField(_("number of the document"), max_length=60, blank=True)
    order_expires_at = models.DateTimeField(_("order expires"), null=True, blank=True)
    on_hold = models.BooleanField(
        _("legal hold"), default=False, help_text=_("Keeps personal data from being erased.")
    )
    # Opt-in by the claimant, after closure (TAKEDOWN.md §6).
    is_public = models.BooleanField(_("published"), default=False)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("taken by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    claimed_until = models.DateTimeField(_("taken until"), null=True, blank=True)
    # Counts every act; whoever decides names the version that was read.
    version = models.PositiveIntegerField(_("version"), default=1)
    # The last event of the chain about this case: a truncated chain shows.
    last_seq = models.PositiveBigIntegerField(default=0)
    erased_at = models.DateTimeField(_("personal data erased"), null=True, blank=True)
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        ordering = ["-id"]
        permissions = [
            ("handle_case", _("Can handle cases")),
            ("view_identity", _("Can view identity documents")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="case_kind_is_known"),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True) | Q(claimed_until__isnull=False),
                name="case_claim_ends",
            ),
            models.CheckConstraint(
                condition=Q(is_public=False)
                | (Q(closed_at__isnull=False) & ~Q(kind__in=["privacy", "illegal"])),
                name="published_case_is_closed_and_harmless",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_claimed(self) -> bool:
        return (
            self.claimed_by_id is not None
            and self.claimed_until is not None
            and self.claimed_until > timezone.now()
        )

    @property
    def can_be_countered(self) -> bool:
        """Whether a counter-statement may restore; otherwise only an appeal (TAKEDOWN.md §3)."""
        return self.kind not in {Kind.ILLEGAL, Kind.ORDER}


class CaseItem(models.Model):
    """One article (or a passage or picture of it) that a case complains of, and where that stands.

    The complained revision is kept by its number in the article's history, so that no edit can
    erase evidence. `due_at` is the promise that people see; `timeout_at` is when the system acts
    next, and is empty once it has acted.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="items")
    article = models.ForeignKey(
        "articles.Article",
        verbose_name=_("article"),
        on_delete=models.PROTECT,
        related_name="case_items",
    )
    revision = models.PositiveBigIntegerField(_("revision complained of"))
    scope = models.CharField(_("scope"), max_length=8, choices=Scope.choices, default=Scope.WHOLE)
    passage = models.TextField(_("passage"), blank=True)
    picture = models.ForeignKey(
        "articles.Picture",
        verbose_name=_("picture"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    state = models.CharField(_("state"), max_length=16, choices=State.choices)
    state_since = models.DateTimeField(_("since"))
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    timeout_at = models.DateTimeField(_("the system acts"), null=True, blank=True)
    escalated_at = models.DateTimeField(_("overdue since"), null=True, blank=True)
    was_notified_first = models.BooleanField(default=False)
    # Opaque actors (Event.actor) of the last decision, with a + between the one who proposed it
    # and the one who approved: an appeal is for somebody else.
    decided_by = models.CharField(max_length=50, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    finding = models.CharField(
        _("of the notice"), max_length=10, choices=Finding.choices, blank=True
    )
    is_uncontested = models.BooleanField(_("uncontested"), default=False)
    # When the waiting period ends; kept while a proof of proceedings is looked at.
    wait_until = models.DateTimeField(_("waiting period ends"), null=True, blank=True)
    appealed_state = models.CharField(max_length=16, choices=State.choices, blank=True)
    joined_to = models.ForeignKey(
        "self",
        verbose_name=_("joined to"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="joined",
    )

    class Meta:
        verbose_name = _("item of a case")
        verbose_name_plural = _("items of cases")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["due_at", "id"], name="item_queue", condition=Q(state__in=_OPEN)),
            models.Index(
                fields=["timeout_at", "id"],
                name="item_timeouts",
                condition=Q(timeout_at__isnull=False),
            ),
            models.Index(fields=["article", "state"], name="item_by_article"),
        ]
        constraints = [
            # Blank only while a case is being opened, within that transaction.
            models.CheckConstraint(
                condition=Q(state__in=[*State.values, ""]), name="item_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(scope=Scope.WHOLE, passage="", picture__isnull=True)
                | (Q(scope=Scope.PASSAGE, picture__isnull=True) & ~Q(passage=""))
                | Q(scope=Scope.IMAGE, passage="", picture__isnull=False),
                name="item_names_what_it_is_about",
            ),
            models.CheckConstraint(
                condition=Q(timeout_at__isnull=True) | ~Q(state__in=_FINAL),
                name="final_item_has_no_timeout",
            ),
            models.CheckConstraint(
                condition=Q(joined_to__isnull=True) | Q(state=State.JOINED),
                name="joined_item_is_called_so",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.article_id}"

    @property
    def is_final(self) -> bool:
        return self.state in FINAL_STATES

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing more is due: final, or a measure that nobody contested in time."""
        return self.is_final or (self.state == State.MEASURED and self.is_uncontested)

    @property
    def waits_for_staff(self) -> bool:
        return self.state in STAFF_STATES

    @property
    def is_overdue(self) -> bool:
        return self.waits_for_staff and self.due_at is not None and self.due_at <= timezone.now()


class Measure(models.Model):
    """A measure that an item took: which restriction does it, and since when. An item may have
    taken several in its time; at most one is in force."""

    item = models.ForeignKey(CaseItem, on_delete=models.PROTECT, related_name="measures")
    restriction = models.OneToOneField(
        "articles.Restriction", on_delete=models.PROTECT, related_name="measure"
    )
    scope = models.CharField(_("scope"), max_length=8, choices=Scope.choices)
    taken_at = models.DateTimeField(_("taken"))
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    # A withheld passage that an edit has made impossible to find; the staff were told.
    is_lost = models.BooleanField(_("not found in the text"), default=False)

    class Meta:
        verbose_name = _("measure")
        verbose_name_plural = _("measures")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["item"], name="one_measure_in_force", condition=Q(lifted_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.get_scope_display()}"


class CounterNotice(models.Model):
    """A contributor's counter-statement against a measure (条例 16, 17; 民法典 1196)."""

    item = models.ForeignKey(CaseItem, on_delete=models.PROTECT, related_name="counters")
    party = models.ForeignKey("moderation.Party", on_delete=models.PROTECT, related_name="+")
    statement = models.ForeignKey(
        "moderation.Statement", on_delete=models.PROTECT, related_name="+"
    )
    gaps: models.JSONField[list[str], list[str]] = models.JSONField(default=list, blank=True)
    received_at = models.DateTimeField(_("received"))
    forwarded_at = models.DateTimeField(_("forwarded"), null=True, blank=True)
    # When it was handed to the claimant's mail server; the waiting period runs from here.
    arrived_at = models.DateTimeField(_("arrived"), null=True, blank=True)

    class Meta:
        verbose_name = _("counter-statement")
        verbose_name_plural = _("counter-statements")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.received_at:%Y-%m-%d}"


class Appeal(models.Model):
    """An appeal against a decision (DSA 20): by either party, within six months, decided by
    somebody else."""

    item = models.ForeignKey(CaseItem, on_delete=models.PROTECT, related_name="appeals")
    party = models.ForeignKey("moderation.Party", on_delete=models.PROTECT, related_name="+")
    statement = models.ForeignKey(
        "moderation.Statement", on_delete=models.PROTECT, related_name="+"
    )
    against = models.CharField(_("against"), max_length=16, choices=State.choices)
    # Who decided what is appealed against.
    first_decider = models.CharField(max_length=50, blank=True)
    filed_at = models.DateTimeField(_("filed"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    is_granted = models.BooleanField(_("granted"), null=True, blank=True)

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["item"], name="one_open_appeal", condition=Q(decided_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.filed_at:%Y-%m-%d}"


class Proposal(models.Model):
    """A step that a second person must approve before it is taken (TAKEDOWN.md §7)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="proposals")
    step = models.CharField(_("step"), max_length=24)
    # The items and the arguments of the step; no personal data but in `statement`.
    arguments: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    statement = models.ForeignKey(
        "moderation.Statement", on_delete=models.PROTECT, null=True, related_name="+"
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("proposed by"),
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
    )
    proposed_actor = models.CharField(max_length=24)
    proposed_at = models.DateTimeField(_("proposed"))
    # Of the case when it was proposed: a later act makes the proposal void.
    version = models.PositiveIntegerField()
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    is_approved = models.BooleanField(null=True, blank=True)

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.step}"
