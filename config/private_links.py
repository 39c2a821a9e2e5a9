"""Keeping the addresses of private links out of the log: they are for those who were given
them."""

import logging
import re
from typing import Final

# The token of a claimant's link (moderation.services.parties) and that of a preview's
# (articles.services.previews).
_LINK: Final = re.compile(r"(/report/|/preview/)[A-Za-z0-9_:-]{40,}")


class HidePrivateLinks(logging.Filter):
    """Blank the token in a line such as “Not Found: /report/…/”. Changes the line alone."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        hidden = _LINK.sub(r"\1…", said)
        if hidden != said:
            record.msg, record.args = hidden, None
        return True
