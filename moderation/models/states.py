"""The words of the procedure: kinds, states, events, roles."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What a notice asserts (TAKEDOWN.md §2)."""

    COPYRIGHT = "copyright", _("Copyright")
    PERSONALITY = "personality", _("Reputation, portrait, name")
    PRIVACY = "privacy", _("Privacy, personal data")
    ILLEGAL = "illegal", _("Unlawful content")
    OTHER = "other", _("Other")
    ORDER = "order", _("Order of a court or authority")


class State(models.TextChoices):
    """Where an item of a case stands. A case shows what its items make of it."""

    UNCONFIRMED = "unconfirmed", _("To be confirmed")
    INCOMPLETE = "incomplete", _("To be completed")
    REVIEW = "review", _("Under review")
    ANSWERING = "answering", _("Waiting for the contributor's answer")
    MEASURED = "measured", _("Measure taken")
    COUNTER_REVIEW = "counter_review", _("Counter-statement under review")
    COUNTER_GAPS = "counter_gaps", _("Counter-statement to be completed")
    WAITING = "waiting", _("Waiting period")
    PROOF_REVIEW = "proof_review", _("Proof of proceedings under review")
    LITIGATION = "litigation", _("In proceedings")
    APPEALED = "appealed", _("Appeal under review")
    RESTORED = "restored", _("Restored")
    UPHELD = "upheld", _("Upheld")
    REFUSED = "refused", _("No measure taken")
    REJECTED = "rejected", _("Not accepted")
    LAPSED = "lapsed", _("Closed: not completed")
    WITHDRAWN = "withdrawn", _("Withdrawn by the claimant")
    JOINED = "joined", _("Joined to another case")
    EXPIRED = "expired", _("Expired: not confirmed")


class Step(models.TextChoices):
    """What moves an item (the events of the table of transitions)."""

    SUBMIT = "submit", _("Notice submitted")
    ENTER = "enter", _("Notice entered by staff")
    CONFIRM = "confirm", _("E-mail confirmed")
    EXPIRE = "expire", _("Not confirmed in time")
    REQUEST_FIX = "request_fix", _("Completion asked for")
    AMEND = "amend", _("Notice completed")
    LAPSE = "lapse", _("Not completed in time")
    NOTIFY_FIRST = "notify_first", _("Contributor asked first")
    ANSWER = "answer", _("Contributor answered")
    NO_ANSWER = "no_answer", _("No answer in time")
    MEASURE = "measure", _("Measure taken")
    REFUSE = "refuse", _("No measure taken")
    REJECT = "reject", _("Not accepted")
    JOIN = "join", _("Joined as co-claimant")
    REOPEN = "reopen", _("Taken up again")
    STAND = "stand", _("Uncontested")
    COUNTER = "counter", _("Counter-statement received")
    REQUEST_COUNTER_FIX = "request_counter_fix", _("Completion of the counter-statement asked for")
    AMEND_COUNTER = "amend_counter", _("Counter-statement completed")
    LAPSE_COUNTER = "lapse_counter", _("Counter-statement not completed in time")
    REFUSE_COUNTER = "refuse_counter", _("Counter-statement not accepted")
    FORWARD = "forward", _("Counter-statement forwarded")
    FILE_PROOF = "file_proof", _("Proof of proceedings received")
    VERIFY_PROOF = "verify_proof", _("Proof of proceedings verified")
    REFUSE_PROOF = "refuse_proof", _("Proof of proceedings not accepted")
    RESTORE = "restore", _("Waiting period over")
    OUTCOME_RESTORE = "outcome_restore", _("Proceedings ended: restored")
    OUTCOME_UPHOLD = "outcome_uphold", _("Proceedings ended: upheld")
    WITHDRAW = "withdraw", _("Notice withdrawn")
    APPEAL = "appeal", _("Appeal received")
    APPEAL_UPHOLD = "appeal_uphold", _("Appeal dismissed: the measure stands")
    APPEAL_DISMISS = "appeal_dismiss", _("Appeal dismissed: the decision stands")
    APPEAL_RESTORE = "appeal_restore", _("Appeal granted: restored")
    APPEAL_MEASURE = "appeal_measure", _("Appeal granted: measure taken")
    CORRECT = "correct", _("Decision corrected")
    EXPIRE_ORDER = "expire_order", _("Order expired")
    ESCALATE = "escalate", _("Deadline passed")


class Happening(models.TextChoices):
    """What is recorded without moving an item."""

    TAKEN = "taken", _("Taken by a reviewer")
    RELEASED = "released", _("Given back to the queue")
    PROPOSED = "proposed", _("Proposed to a second person")
    PROPOSAL_DECLINED = "proposal_declined", _("Proposal declined")
    APPROVAL_REFUSED = "approval_refused", _("Approval refused: the same person proposed it")
    ARRIVED = "arrived", _("Mail handed over")
    UNDELIVERABLE = "undeliverable", _("Mail could not be delivered")
    ANNOUNCED = "announced", _("Published as a notice")
    ANNOUNCEMENT_ENDED = "announcement_ended", _("Published notice ended")
    IDENTITY_VIEWED = "identity_viewed", _("Identity document viewed")
    EVIDENCE_ADDED = "evidence_added", _("Evidence added")
    EVIDENCE_VIEWED = "evidence_viewed", _("Evidence viewed")
    NOTED = "noted", _("Note by staff")
    PASSAGE_LOST = "passage_lost", _("Passage not found any more")
    PASSAGE_FOUND = "passage_found", _("Passage found again")
    STRUCK = "struck", _("Strike")
    STRIKE_LIFTED = "strike_lifted", _("Strike lifted")
    STRIKE_EXPIRED = "strike_expired", _("Strike expired")
    WARNED = "warned", _("Claimant warned")
    SLOWED = "slowed", _("Claimant without fast track")
    SANCTION_LIFTED = "sanction_lifted", _("Claimant's sanction lifted")
    HOLD_BEGAN = "hold_began", _("Legal hold began")
    HOLD_ENDED = "hold_ended", _("Legal hold ended")
    ERASED = "erased", _("Personal data erased")
    LINK_REVOKED = "link_revoked", _("Private link revoked")
    OPENED = "opened", _("Case published")
    CLOSED = "closed", _("Case no longer published")


class Role(models.TextChoices):
    """Who acts."""

    CLAIMANT = "claimant", _("Claimant")
    CONTRIBUTOR = "contributor", _("Contributor")
    REVIEWER = "reviewer", _("Reviewer")
    SYSTEM = "system", _("System")


class Finding(models.TextChoices):
    """What a decision says of the notice itself (TAKEDOWN.md §4, bad faith)."""

    FOUNDED = "founded", _("Founded")
    UNFOUNDED = "unfounded", _("Unfounded")
    MANIFEST = "manifest", _("Manifestly unfounded")


# Nothing further happens by itself in these; a measured item that nobody contested rests as well.
FINAL_STATES = (
    State.RESTORED, State.UPHELD, State.REFUSED, State.REJECTED, State.LAPSED, State.WITHDRAWN,
    State.JOINED, State.EXPIRED,
)  # fmt: skip
# What an article shows is computed from the active measures of items in these states.
MEASURE_STATES = (
    State.MEASURED, State.COUNTER_REVIEW, State.COUNTER_GAPS, State.WAITING, State.PROOF_REVIEW,
    State.LITIGATION, State.UPHELD,
)  # fmt: skip
OPEN_STATES = tuple(state for state in State if state not in FINAL_STATES)
# In these states the staff must do something.
STAFF_STATES = (
    State.REVIEW, State.COUNTER_REVIEW, State.PROOF_REVIEW, State.APPEALED, State.LITIGATION,
)  # fmt: skip
