from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.translation import gettext as _

from articles.services.site import get_site


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """How accounts behave here: anyone may sign up, an e-mail address is all that one has.

    Mail goes out through EMAIL_BACKEND, which makes each a row that the worker delivers.
    """

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return True

    def clean_email(self, email: str) -> str:
        """Keep addresses as the database compares them: in lower case."""
        return str(super().clean_email(email)).strip().lower()

    def format_email_subject(self, subject: str) -> str:
        """Put the site's name, as staff have set it, before the subject. One query."""
        return _("[%(site)s] %(subject)s") % {"site": get_site().name, "subject": subject}

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail whose templates know the site; it becomes a row. One query."""
        super().send_mail(template_prefix, email, {"site": get_site(), **context})
