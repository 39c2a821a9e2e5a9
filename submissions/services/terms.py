"""The terms that hold where a site has not written its own; receipts call them version 0."""

from django.utils.translation import gettext as _


def default_terms(site_name: str) -> list[tuple[str, str]]:
    """Return them as headings, each with its paragraph, in plain text."""
    return [
        (
            _("Whose the text is"),
            _("You keep the copyright in everything that you send in."),
        ),
        (
            _("What you allow the site"),
            _(
                "You allow %(site)s to store your text and its pictures, to show them on its "
                "pages, in its lists, feeds and search, to correct spelling and layout, and to "
                "shorten the excerpt. This is not exclusive, costs nothing, and ends when the text "
                "is taken back. Larger changes are shown to you."
            )
            % {"site": site_name},
        ),
        (
            _("What you vouch for"),
            _(
                "You wrote the text, or hold the permission to publish it here, and you name where "
                "it comes from. The pictures are yours or free to use. Nobody's rights are "
                "infringed: no copied texts, no private data, no insults, no false claims about "
                "people or firms. What you declare about the use of AI is true, for the text and "
                "for the pictures."
            ),
        ),
        (
            _("How it is decided"),
            _(
                "Each text is compared with those that are here, and an editor reads it; for "
                "contributors who are trusted the comparison can be enough. You are told the "
                "decision and its reason. There is no right to be published."
            ),
        ),
        (
            _("What happens when somebody objects"),
            _(
                "If somebody gives notice that your text infringes their rights, the site can "
                "withhold it, wholly or in part, until the matter is settled. You are told what is "
                "claimed, and you can answer. Your contact data are handed on only where the law "
                "demands it. Repeated infringement can suspend your account."
            ),
        ),
        (
            _("Taking a text back"),
            _(
                "You can take a text back at any time: before publication it leaves the queue, "
                "afterwards its address answers that the page is gone. The record that it was sent "
                "in, with the signed receipt, stays: it protects you and the site."
            ),
        ),
        (
            _("Your data"),
            _(
                "You can download what the site keeps about you, and close your account, on your "
                "own pages."
            ),
        ),
        (
            _("Changes"),
            _(
                "New terms hold for texts that are sent in after they were published. Which "
                "version you agreed to stands in the receipt."
            ),
        ),
    ]
