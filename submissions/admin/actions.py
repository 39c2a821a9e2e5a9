"""What can be done on the review page: each a form, and the service that it calls."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import User
from submissions.admin import forms
from submissions.admin.forms import ActionForm
from submissions.models import Remark, State, Submission
from submissions.services import reviewing

# Does what was asked for, and says in a sentence what happened.
Run = Callable[[Submission, User, dict[str, Any]], str]


@dataclass(frozen=True)
class Action:
    form: type[ActionForm]
    run: Run
    # After a decision the editor goes on to the next submission.
    is_decision: bool = False


def _named(submission: Submission, text: str) -> str:
    return text % {"title": submission.title}


def _claim(row: Submission, by: User, data: dict[str, Any]) -> str:
    claimed = reviewing.claim(row, by)
    until = timezone.localtime(claimed.claimed_until).strftime("%H:%M")
    return _("You have this submission until %(time)s.") % {"time": until}


def _release(row: Submission, by: User, data: dict[str, Any]) -> str:
    reviewing.release(row, by)
    return _named(row, _("“%(title)s” is back in the queue."))


def _remark(row: Submission, by: User, data: dict[str, Any]) -> str:
    reviewing.remark(row, by, data["text"], quote=data["quote"])
    return _("The remark is noted. It goes out with your decision.")


def _drop_remark(row: Submission, by: User, data: dict[str, Any]) -> str:
    reviewing.delete_remark(get_object_or_404(Remark, pk=data["remark"], submission=row), by)
    return _("The remark is gone.")


def _accept(row: Submission, by: User, data: dict[str, Any]) -> str:
    done = reviewing.accept(
        row,
        by,
        version=data["version"],
        note=data["note"].strip(),
        article_seen=data["article_seen"],
    )
    return accepted(done)


def _schedule(row: Submission, by: User, data: dict[str, Any]) -> str:
    done = reviewing.accept(
        row, by, version=data["version"], at=data["at"], note=data["note"].strip()
    )
    return accepted(done)


def accepted(done: Submission) -> str:
    """Say what became of an accepted submission."""
    if done.state == State.PUBLISHED or done.article is None or done.article.published_at is None:
        return _named(done, _("“%(title)s” is public."))
    when = timezone.localtime(done.article.published_at).strftime("%Y-%m-%d %H:%M")
    return _("“%(title)s” will be public at %(when)s.") % {"title": done.title, "when": when}


def _return(row: Submission, by: User, data: dict[str, Any]) -> str:
    done = reviewing.return_to_author(row, by, version=data["version"], note=data["note"])
    return _named(done, _("“%(title)s” is back with its contributor, to be changed."))


def _decline(row: Submission, by: User, data: dict[str, Any]) -> str:
    done = reviewing.decline(row, by, version=data["version"], note=data["note"])
    return _named(done, _("“%(title)s” is declined; its contributor is told why."))


def _ask(row: Submission, by: User, data: dict[str, Any]) -> str:
    done = reviewing.ask_chief(row, by, version=data["version"], note=data["note"])
    return _named(done, _("“%(title)s” is put before a chief editor."))


def _hold(row: Submission, by: User, data: dict[str, Any]) -> str:
    done = reviewing.hold(row, by, reference=data["reference"], note=data["note"].strip())
    return _named(done, _("“%(title)s” is held."))


def _release_hold(row: Submission, by: User, data: dict[str, Any]) -> str:
    done = reviewing.release_hold(row, by, note=data["note"])
    return _named(done, _("“%(title)s” is no longer held."))


ACTIONS: dict[str, Action] = {
    "claim": Action(forms.PlainForm, _claim),
    "release": Action(forms.PlainForm, _release, is_decision=True),
    "remark": Action(forms.RemarkForm, _remark),
    "drop_remark": Action(forms.DropRemarkForm, _drop_remark),
    "accept": Action(forms.AcceptForm, _accept, is_decision=True),
    "schedule": Action(forms.ScheduleForm, _schedule, is_decision=True),
    "return": Action(forms.ReturnForm, _return, is_decision=True),
    "decline": Action(forms.DeclineForm, _decline, is_decision=True),
    "ask": Action(forms.AskForm, _ask, is_decision=True),
    "hold": Action(forms.HoldForm, _hold),
    "release_hold": Action(forms.ReleaseHoldForm, _release_hold),
}
