"""How the figures of the procedure are called."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

FIGURES: dict[str, "StrOrPromise"] = {
    "received": _("Notices received"),
    "orders": _("Orders of courts and authorities"),
    "incomplete": _("Incomplete, completion asked for"),
    "rejected": _("Not accepted"),
    "refused": _("No measure taken"),
    "decisions": _("Cases decided for the first time"),
    "measures_by_kind": _("Measures, by kind of notice"),
    "measures_by_scope": _("Measures, by scope"),
    "counter_statements": _("Counter-statements"),
    "restored": _("Content restored"),
    "appeals": _("Appeals"),
    "appeals_decided": _("Appeals decided"),
    "withdrawn": _("Withdrawn by the claimant"),
    "strikes": _("Strikes"),
    "strikes_lifted": _("Strikes taken back"),
    "suspensions": _("Contributors suspended"),
    "manifest": _("Manifestly unfounded notices"),
    "warnings": _("Claimants warned"),
    "slowed": _("Claimants without fast track"),
    "hours_median": _("Hours to the first decision, median"),
    "hours_p90": _("Hours to the first decision, nine of ten within"),
    "deadlines_missed": _("Deadlines missed"),
}
PARTS: dict[str, "StrOrPromise"] = {
    "total": _("All"),
    "counter": _("After a counter-statement"),
    "proceedings": _("After proceedings"),
    "appeal": _("After an appeal"),
    "correction": _("Decision corrected"),
    "order_ended": _("Order ended"),
    "granted": _("Granted"),
    "dismissed": _("Dismissed"),
    "": _("Not said"),
}
