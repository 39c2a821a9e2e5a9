"""The terms that hold where a site has not written its own; receipts call them version 0."""

from django.utils.translation import gettext as _

from articles.services.site import get_site


def default_terms() -> str:
    """Return them as plain text, in which a blank line ends a paragraph. One query."""
    site = get_site()
    return _(
        """一、Whose the text is

You keep the copyright in everything that you send in.

二、What you allow the site

You allow %(site)s to store your text and its pictures, to show them on its pages, in its lists, feeds and search, to correct spelling and layout, and to shorten the excerpt. This is not exclusive, costs nothing, and ends when the text is taken back. Larger changes are shown to you.

三、What you vouch for

That you wrote the text, or hold the permission to publish it here, and that you name where it comes from. That the pictures are yours or free to use. That nobody's rights are infringed: no copied texts, no private data, no insults, no false claims about people or firms. That the declaration on the use of AI is true, for the text and for the pictures.

四、How it is decided

Each text is compared with those that are here, and an editor reads it, or the check alone for contributors who are trusted. You are told the decision and its reason. There is no right to be published.

五、What happens when somebody objects

If somebody gives notice that your text infringes their rights, the site can withhold it, wholly or in part, until the matter is settled. You are told, you see what is claimed, and you can answer with a counter-statement. Your contact data are handed on only where the law demands it. Repeated infringement can suspend your account.

六、Taking a text back

You can take a text back at any time: before publication it leaves the queue, afterwards its address says that its author has taken it back. The record that it was sent in, with the signed receipt, stays: it protects you and the site.

七、Your data

You can download everything that the site keeps about you, and close your account, on your own pages.

八、Changes

New terms hold for texts that are sent in after they were published. Which version you agreed to stands in the receipt."""  # noqa: E501 – a text for people, a paragraph a line.
    ) % {"site": site.name}
