"""The durations and options of the procedure, from the settings, and what the site promises of
them. Pages, mails and deadlines all read them here, so that what is promised is what runs."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.conf import settings

# Raised when the rules in the code change, so that events say under which they were written.
EDITION = 1

WAIT, IMMEDIATE, US = "wait", "immediate", "us"
TAKEDOWN, RESTORATION, DISCLOSURE = "takedown", "restoration", "disclosure"


@dataclass(frozen=True)
class Policy:
    """The settings of the procedure. Hours and days are calendar time, working days are those of
    `moderation.working_days`."""

    confirm_hours: int
    fix_working_days: int
    answer_working_days: int
    illegal_hours: int
    privacy_hours: int
    copyright_hours: int
    other_working_days: int
    counter_review_working_days: int
    counter_notice_mode: str
    wait_days: int
    us_wait_working_days: int
    proof_review_working_days: int
    litigation_check_days: int
    appeal_months: int
    appeal_working_days: int
    contest_days: int
    strike_days: int
    suspension_days: int
    strikes_to_review: int
    strikes_to_suspend: int
    manifest_window_days: int
    manifest_to_warn: int
    slow_days: int
    identity_retention_days: int
    personal_retention_years: int
    trace_retention_months: int
    claim_minutes: int
    second_person: tuple[str, ...]

    @property
    def version(self) -> str:
        """A short word for these very settings and rules, written with every event."""
        return version_of(self.as_data(), str(EDITION))

    def as_data(self) -> dict[str, Any]:
        """Return the settings as JSON data."""
        data = {field.name: getattr(self, field.name) for field in fields(self)}
        return data | {"second_person": list(self.second_person)}

    def needs_second(self, kind: str) -> bool:
        return kind in self.second_person


def version_of(data: Mapping[str, Any], edition: str) -> str:
    """Return the word for settings (JSON data) under an edition of the rules."""
    digest = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    return f"{edition}-{digest[:10]}"


def get_policy() -> Policy:
    """Return the policy as it is now. No query."""
    given: dict[str, Any] = {name.lower(): value for name, value in settings.MODERATION.items()}
    return Policy(**given | {"second_person": tuple(given["second_person"])})
