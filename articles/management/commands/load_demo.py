import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.utils.translation import gettext as _

from articles.demo.loader import Account, DemoRefusedError, is_loaded, load

_EVERY = 10
_BAR = 24


class Command(BaseCommand):
    """Loads the demo content and the demo people into an empty site.

    May be run again: a site that has the demo is left as it is, and a load that was interrupted
    is taken up. `remove_demo` takes it all out again.
    """

    help = "Fill an empty site with demo content and demo people, and print their passwords."

    def handle(self, *args: Any, **options: Any) -> None:
        if is_loaded():
            self.stdout.write(_("The demo is loaded already; nothing was changed."))
            return
        meter = Meter(self.stdout)
        try:
            accounts = load(meter.show)
        except DemoRefusedError as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        finally:
            meter.end()
        self.stdout.write(_("The demo is loaded. These people can sign in:"))
        self.stdout.write("")
        for line in _table(accounts):
            self.stdout.write("  " + line)
        self.stdout.write("")
        self.stdout.write(
            _("The passwords are shown only now. To set another: manage.py changepassword ADDRESS")
        )
        self.stdout.write(_("To take the demo out again: manage.py remove_demo"))


class Meter:
    """Progress of each step: one line rewritten on a terminal, a line now and then elsewhere."""

    def __init__(self, out: OutputWrapper) -> None:
        self._out, self._is_live, self._step = out, out.isatty(), ""

    def show(self, step: str, done: int, total: int) -> None:
        if self._is_live:
            if step != self._step:
                self.end()
            filled = _BAR * done // max(1, total)
            bar = "█" * filled + "░" * (_BAR - filled)
            self._out.write(f"\r\x1b[K    {bar} {step} {done}/{total}", ending="")
            self._out.flush()
        elif done % _EVERY == 0 or done == total:
            self._out.write(f"    {step} {done}/{total}")
        self._step = step

    def end(self) -> None:
        """Close the line of the last step, whatever comes next."""
        if self._is_live and self._step:
            self._out.write("")
        self._step = ""


def _abilities() -> dict[str, tuple[str, str]]:
    """Role → its name and what it may do."""
    return {
        "operator": (_("Operator"), _("everything, accounts and roles too")),
        "chief editor": (
            _("Chief editor"),
            _("publishes and deletes; categories, pages, bylines, settings of the site"),
        ),
        "editor": (_("Editor"), _("writes, edits, schedules, publishes and withdraws articles")),
        "moderator": (_("Moderator"), _("withholds articles and restores them")),
        "contributor": (_("Contributor"), _("has a byline; signs in to the site, not the admin")),
    }


def _table(accounts: list[Account]) -> list[str]:
    abilities = _abilities()
    rows = [(_("Role"), _("Name"), _("E-mail address"), _("Password"), _("May do"))]
    for account in accounts:
        role, ability = abilities[account.person.role]
        person = account.person
        rows.append((role, person.name, person.email, account.password, ability))
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    return [
        "  ".join(
            [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=False)]
            + [row[-1]]
        )
        for row in rows
    ]


def _width(text: str) -> int:
    """Columns that a text takes on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
