"""What the clock of an item says to each side, state by state."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

from moderation.models import Role, State, Step

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_C, _B = Role.CLAIMANT, Role.CONTRIBUTOR


@dataclass(frozen=True)
class Face:
    """A clock's words for one side. `who` acts next: a role, or None for nobody."""

    heading: "StrOrPromise"
    text: "StrOrPromise"
    who: Role | None


FACES: dict[tuple[State, Role], Face] = {
    (State.UNCONFIRMED, _C): Face(
        gettext_lazy("Until the notice expires"),
        gettext_lazy(
            "Confirm your e-mail address with the button below by %(until)s. Otherwise the notice "
            "expires, and what you entered is erased."
        ),
        _C,
    ),
    (State.INCOMPLETE, _C): Face(
        gettext_lazy("To complete the notice"),
        gettext_lazy(
            "Add what is missing by %(until)s. Otherwise the notice is closed as not completed; "
            "you may submit it again then. The term of our decision begins when nothing is missing."
        ),
        _C,
    ),
    (State.REVIEW, _C): Face(
        gettext_lazy("Until the decision"),
        gettext_lazy("We decide by %(until)s and write to you. You need not do anything now."),
        Role.REVIEWER,
    ),
    (State.REVIEW, _B): Face(
        gettext_lazy("Until the decision"),
        gettext_lazy("We decide by %(until)s and write to you. You need not do anything now."),
        Role.REVIEWER,
    ),
    (State.ANSWERING, _C): Face(
        gettext_lazy("Until the contributor's answer is due"),
        gettext_lazy(
            "We have asked the contributor to mend the article or to answer by %(until)s. After "
            "that we decide, with or without an answer."
        ),
        _B,
    ),
    (State.ANSWERING, _B): Face(
        gettext_lazy("Until your answer is due"),
        gettext_lazy(
            "Say by %(until)s what you have changed, or why the notice is wrong. After that we "
            "decide, with or without an answer. Nothing has been withheld so far."
        ),
        _B,
    ),
    (State.MEASURED, _C): Face(
        gettext_lazy("Until the measure counts as uncontested"),
        gettext_lazy(
            "The measure is in force. If the contributor files a counter-statement, we check it "
            "and forward it to you."
        ),
        _B,
    ),
    (State.MEASURED, _B): Face(
        gettext_lazy("To contest the measure"),
        gettext_lazy(
            "If you hold the measure to be wrong, file a counter-statement. If you have not by "
            "%(until)s, the measure counts as uncontested: it stays, and where the whole article "
            "is withheld it is counted as a strike. You may still file one after that."
        ),
        _B,
    ),
    (State.COUNTER_REVIEW, _C): Face(
        gettext_lazy("Until the counter-statement is checked"),
        gettext_lazy(
            "The contributor has filed a counter-statement. By %(until)s we check whether it is "
            "complete; then you receive it. The measure stays meanwhile."
        ),
        Role.REVIEWER,
    ),
    (State.COUNTER_REVIEW, _B): Face(
        gettext_lazy("Until your counter-statement is checked"),
        gettext_lazy(
            "By %(until)s we check whether your counter-statement is complete; then we forward it "
            "to the claimant. You need not do anything now."
        ),
        Role.REVIEWER,
    ),
    (State.COUNTER_GAPS, _C): Face(
        gettext_lazy("Until the counter-statement is completed"),
        gettext_lazy(
            "The contributor's counter-statement lacks something and can be completed by "
            "%(until)s. If it is not, the measure is upheld."
        ),
        _B,
    ),
    (State.COUNTER_GAPS, _B): Face(
        gettext_lazy("To complete your counter-statement"),
        gettext_lazy(
            "Add what is missing by %(until)s. Otherwise the measure is upheld; against that you "
            "can appeal."
        ),
        _B,
    ),
    (State.WAITING, _C): Face(
        gettext_lazy("Until the waiting period ends"),
        gettext_lazy(
            "The contributor has filed a counter-statement. Unless you prove by %(until)s that you "
            "have complained to an authority or sued, the content is shown again then."
        ),
        _C,
    ),
    (State.WAITING, _B): Face(
        gettext_lazy("Until the waiting period ends"),
        gettext_lazy(
            "Your counter-statement was forwarded. Unless the claimant proves by %(until)s to have "
            "complained to an authority or sued, your content is shown again then by itself."
        ),
        _C,
    ),
    (State.PROOF_REVIEW, _C): Face(
        gettext_lazy("Until the proof is checked"),
        gettext_lazy(
            "We check the proof of your proceedings by %(until)s. Until then nothing is restored."
        ),
        Role.REVIEWER,
    ),
    (State.PROOF_REVIEW, _B): Face(
        gettext_lazy("Until the proof is checked"),
        gettext_lazy(
            "The claimant has handed in proof of proceedings. We check it by %(until)s. Until then "
            "nothing is restored."
        ),
        Role.REVIEWER,
    ),
    (State.LITIGATION, _C): Face(
        gettext_lazy("Until we ask how the proceedings stand"),
        gettext_lazy(
            "The measure stays while the proceedings last. We ask by %(until)s how they stand. "
            "Write to us when there is an outcome."
        ),
        Role.REVIEWER,
    ),
    (State.LITIGATION, _B): Face(
        gettext_lazy("Until we ask how the proceedings stand"),
        gettext_lazy(
            "The measure stays while the proceedings last. We ask by %(until)s how they stand. "
            "Write to us when there is an outcome."
        ),
        Role.REVIEWER,
    ),
    (State.APPEALED, _C): Face(
        gettext_lazy("Until the appeal is decided"),
        gettext_lazy(
            "Somebody who did not take the first decision decides the appeal by %(until)s. Until "
            "then everything stays as it is."
        ),
        Role.REVIEWER,
    ),
    (State.APPEALED, _B): Face(
        gettext_lazy("Until the appeal is decided"),
        gettext_lazy(
            "Somebody who did not take the first decision decides the appeal by %(until)s. Until "
            "then everything stays as it is."
        ),
        Role.REVIEWER,
    ),
}
ORDER: dict[Role, Face] = {
    side: Face(
        gettext_lazy("Until the order ends"),
        gettext_lazy(
            "A court or an authority has ordered this. When the order ends on %(until)s, the "
            "content is shown again by itself. Against it only an appeal is possible."
        ),
        None,
    )
    for side in (_C, _B)
}
UNTIMED: dict[tuple[str, Role], "StrOrPromise"] = {
    ("order", _C): gettext_lazy("A court or an authority has ordered this, without an end."),
    ("order", _B): gettext_lazy(
        "A court or an authority has ordered this, without an end. Against it only an appeal is "
        "possible."
    ),
    ("uncontested", _C): gettext_lazy(
        "The contributor has not contested the measure in time. It stays in force; a "
        "counter-statement is still possible."
    ),
    ("uncontested", _B): gettext_lazy(
        "You have not contested the measure in time. It stays in force; you may still file a "
        "counter-statement."
    ),
    ("waiting", _C): gettext_lazy(
        "The waiting period begins when the counter-statement has been handed over to your mail "
        "server or to the post; its end then stands here."
    ),
    ("waiting", _B): gettext_lazy(
        "The waiting period begins when your counter-statement has been handed over to the "
        "claimant's mail server or to the post; its end then stands here."
    ),
}
ENDED: dict[State, "StrOrPromise"] = {
    State.RESTORED: gettext_lazy("The content is shown again. This case is closed."),
    State.UPHELD: gettext_lazy("The measure stands. This case is closed."),
    State.REFUSED: gettext_lazy("No measure was taken. This case is closed."),
    State.REJECTED: gettext_lazy("The notice was not accepted. This case is closed."),
    State.LAPSED: gettext_lazy(
        "The notice was not completed in time. This case is closed; it may be submitted again."
    ),
    State.WITHDRAWN: gettext_lazy("The claimant has withdrawn the notice. This case is closed."),
    State.EXPIRED: gettext_lazy("The notice was not confirmed in time and has expired."),
    State.JOINED: gettext_lazy("The notice was joined to an earlier one about the same content."),
}
WHO: dict[Role, dict[Role, "StrOrPromise"]] = {
    _C: {
        _C: gettext_lazy("You"),
        _B: gettext_lazy("The contributor"),
        Role.REVIEWER: gettext_lazy("This site"),
    },
    _B: {
        _C: gettext_lazy("The claimant"),
        _B: gettext_lazy("You"),
        Role.REVIEWER: gettext_lazy("This site"),
    },
}
AT_END: dict[Step, "StrOrPromise"] = {
    Step.EXPIRE: gettext_lazy("The notice expires"),
    Step.LAPSE: gettext_lazy("Closed, if not completed"),
    Step.ESCALATE: gettext_lazy("Decision of this site"),
    Step.NO_ANSWER: gettext_lazy("Decision, with or without an answer"),
    Step.STAND: gettext_lazy("The measure counts as uncontested"),
    Step.LAPSE_COUNTER: gettext_lazy("The measure is upheld, if nothing is added"),
    Step.RESTORE: gettext_lazy("The content is shown again, unless proceedings are proven"),
    Step.EXPIRE_ORDER: gettext_lazy("The order ends, and the content is shown again"),
}
ONLY_APPEAL = Face(
    gettext_lazy("Until the measure counts as uncontested"),
    gettext_lazy("The measure is in force. Against it only an appeal is possible."),
    None,
)
LATE = gettext_lazy(
    "This date has passed: a superior has been told. Passing it changes nothing by itself."
)
