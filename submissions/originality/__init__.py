"""Is a text original? Compared with everything known here; what is found informs an editor.

`check` reads, `index_text` and `forget` write, the rest says how the results look. How it works
and how well: docs/originality.md.
"""

from submissions.originality.checking import check, compare
from submissions.originality.indexing import forget, index_text
from submissions.originality.report import Level, Match, Passage, Report
from submissions.originality.sources import SourceText, TextSource
from submissions.originality.tasks import index_changed_texts, index_waiting_texts
from submissions.originality.texts import text_and_quotations

__all__ = [
    "Level",
    "Match",
    "Passage",
    "Report",
    "SourceText",
    "TextSource",
    "check",
    "compare",
    "forget",
    "index_changed_texts",
    "index_text",
    "index_waiting_texts",
    "text_and_quotations",
]
