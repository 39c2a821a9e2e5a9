import getpass
import os
import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from articles.services.accounts import create_chief_editor


class Command(BaseCommand):
    help = (
        "Make the account of a chief editor, who may also manage accounts. What is not given is "
        "asked for; without a terminal the password is read from CHIEF_EDITOR_PASSWORD."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email")
        parser.add_argument("--name")

    def handle(self, *args: Any, **options: Any) -> None:
        if not sys.stdin.isatty():
            self._create(options, os.environ.get("CHIEF_EDITOR_PASSWORD", ""))
            return
        while True:
            given = {
                "email": options["email"] or input(_("E-mail address: ")),
                "name": options["name"] or input(_("Name: ")),
            }
            try:
                self._create(given, self._ask_password())
            except CommandError as error:
                if options["email"] and options["name"]:
                    raise
                self.stderr.write(str(error))
            else:
                return

    def _ask_password(self) -> str:
        if password := os.environ.get("CHIEF_EDITOR_PASSWORD"):
            return password
        while True:
            password = getpass.getpass(_("Password: "))
            if password == getpass.getpass(_("The password once more: ")):
                return password
            self.stderr.write(_("The two are not the same. Once more, please."))

    def _create(self, given: dict[str, Any], password: str) -> None:
        for option, value in (("--email", given["email"]), ("--name", given["name"])):
            if not value:
                raise CommandError(_("%(option)s is missing.") % {"option": option})
        if not password:
            raise CommandError(_("Set the password in CHIEF_EDITOR_PASSWORD."))
        try:
            user = create_chief_editor(
                None, email=given["email"], name=given["name"], password=password
            )
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        self.stdout.write(_("%(email)s can sign in now.") % {"email": user.email})
