"""Reading an export piece by piece: one item in memory at a time, however large the file is."""

from collections.abc import Callable, Iterator
from xml.parsers import expat

from django.utils.translation import gettext as _

from articles.wxr.items import Author, Item, Survey, Term
from articles.wxr.stream import ExportStream, Refused

VERSIONS = ("1.0", "1.1", "1.2")
# Nothing that people read is longer; what is, is left out and the item reported.
MAX_TEXT = 8 * 1024 * 1024
_MAX_TERMS = 500
_RECORDS = {"item", "wp:author", "wp:category", "wp:tag", "wp:term"}
_SUBRECORDS = {"wp:postmeta", "wp:comment"}
_CHANNEL = {
    "title", "link", "pubDate", "wp:wxr_version", "wp:base_site_url", "wp:base_blog_url",
}  # fmt: skip
_META = {
    "_thumbnail_id", "_wp_attached_file", "_wp_attachment_image_alt", "_wp_old_slug",
    "_yoast_wpseo_primary_category", "rank_math_primary_category",
}  # fmt: skip

Event = Author | Term | Item


class Reader:
    """Reads one export. `events()` yields authors, terms and items in the order of the file;
    `channel` and `survey` are complete when it has ended."""

    def __init__(self, stream: ExportStream) -> None:
        self.stream = stream
        self.channel: dict[str, str] = {}
        self.survey = Survey()
        self._events: list[Event] = []
        self._depth = 0
        self._in_channel = False
        self._record = ""
        self._item = Item({})
        self._sub: dict[str, str] | None = None
        self._field = ""
        self._attributes: dict[str, str] = {}
        self._text: list[str] = []
        self._length = 0

    def events(self) -> Iterator[Event]:
        """Parse the file. Raises Refused where it is not well-formed, tries tricks with a document
        type, or is not an export; a caller that must not stop half-way reads it once before."""
        # The stream hands on UTF-8 whatever the file's own declaration says.
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = _refuse_doctype
        for chunk in self.stream.chunks():
            self._feed(parser.Parse, chunk, False)
            yield from self._events
            self._events.clear()
        self._feed(parser.Parse, b"", True)
        yield from self._events
        self._events.clear()
        self._require_export()

    def _feed(self, parse: Callable[[bytes, bool], int], data: bytes, is_last: bool) -> None:
        try:
            parse(data, is_last)
        except expat.ExpatError as error:
            line = error.lineno + self.stream.preamble_lines
            raise Refused(
                _("The file is not well-formed XML: line %(line)d, column %(column)d: %(why)s. "
                  "Nothing was imported. Export it again in WordPress (Tools → Export), or mend "
                  "that line with a text editor.")
                % {"line": line, "column": error.offset, "why": expat.ErrorString(error.code)}
            ) from error  # fmt: skip

    def _require_export(self) -> None:
        version = self.channel.get("wp:wxr_version", "").strip()
        if not version:
            raise Refused(
                _("This is no WordPress export: it states no wxr_version. A feed (RSS) of the site "
                  "is not enough; choose Tools → Export in WordPress.")
            )  # fmt: skip
        self.survey.version = version

    # --- What the parser calls --------------------------------------------------------------
    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1 and name != "rss":
            raise Refused(
                _("This is no WordPress export: it begins with <%(name)s> and not with <rss>.")
                % {"name": name[:40]}
            )
        if self._depth == 2:
            self._in_channel = name == "channel"
        elif self._depth == 3 and self._in_channel:
            self._begin_record(name)
        elif self._depth == 4 and self._record:
            if name in _SUBRECORDS:
                self._sub = {}
            self._begin_field(name, attributes)
        elif self._depth == 5 and self._sub is not None:
            self._begin_field(name, attributes)

    def _begin_record(self, name: str) -> None:
        self._record = name if name in _RECORDS else ""
        self._item = Item({})
        self._begin_field(name, {})

    def _begin_field(self, name: str, attributes: dict[str, str]) -> None:
        self._field = name
        self._attributes = attributes
        self._text.clear()
        self._length = 0

    def _characters(self, text: str) -> None:
        if not self._field:
            return
        self._length += len(text)
        if self._length > MAX_TEXT:
            self._item.is_too_long = True
        else:
            self._text.append(text)

    def _end(self, name: str) -> None:
        if self._depth == 5 and self._sub is not None and name == self._field:
            self._sub[name] = "".join(self._text)
            self._field = ""
        elif self._depth == 4 and self._record:
            self._end_field(name)
        elif self._depth == 3 and self._in_channel:
            self._end_record(name)
        self._depth -= 1

    def _end_field(self, name: str) -> None:
        if self._sub is not None and name in _SUBRECORDS:
            self._end_subrecord(name, self._sub)
            self._sub = None
        elif name == "category" and self._record == "item":
            self._end_category()
        elif name == self._field:
            self._item.fields[name] = "".join(self._text)
        self._field = ""

    def _end_category(self) -> None:
        domain = self._attributes.get("domain", "category")
        term = Term(
            slug=self._attributes.get("nicename", "").strip(),
            name="".join(self._text).strip(),
            kind={"post_tag": "tag", "tag": "tag"}.get(domain, domain),
        )
        if term.name and len(self._item.terms) < _MAX_TERMS:
            self._item.terms.append(term)

    def _end_subrecord(self, name: str, values: dict[str, str]) -> None:
        if name == "wp:comment":
            self._item.comments += 1
            self.survey.comments += 1
            self.survey.approved_comments += values.get("wp:comment_approved", "").strip() == "1"
            parent = values.get("wp:comment_parent", "").strip()
            self.survey.replies += parent not in {"", "0"}
        elif (key := values.get("wp:meta_key", "").strip()) in _META:
            self._item.meta.setdefault(key, []).append(values.get("wp:meta_value", ""))

    def _end_record(self, name: str) -> None:
        if not self._record:
            if name in _CHANNEL and name == self._field:
                self.channel[name] = "".join(self._text)[:2000]
            self._field = ""
            return
        get = self._item.get
        if name == "item":
            self.survey.count_item(self._item)
            self._events.append(self._item)
        elif name == "wp:author":
            self.survey.authors += 1
            self._events.append(
                Author(
                    get("wp:author_login"), get("wp:author_display_name"), get("wp:author_email")
                )
            )
        else:
            self._events.append(self._term(name))
        self._record = ""

    def _term(self, name: str) -> Term:
        get = self._item.get
        if name == "wp:category":
            self.survey.categories += 1
            return Term(
                get("wp:category_nicename"), get("wp:cat_name"), get("wp:category_parent"),
                get("wp:term_id"), get("wp:category_description"),
            )  # fmt: skip
        if name == "wp:tag":
            self.survey.tags += 1
            return Term(get("wp:tag_slug"), get("wp:tag_name"), kind="tag")
        self.survey.terms += 1
        kind = get("wp:term_taxonomy")
        return Term(
            get("wp:term_slug"), get("wp:term_name"), get("wp:term_parent"), get("wp:term_id"),
            kind={"post_tag": "tag"}.get(kind, kind or "term"),
        )  # fmt: skip


def _refuse_doctype(name: str, _system: str | None, _public: str | None, _subset: int) -> None:
    if name.lower() == "html":
        raise Refused(
            _("This is a web page and no export. In WordPress, choose Tools → Export and save "
              "the .xml file.")
        )  # fmt: skip
    raise Refused(
        _("The file declares a document type (DTD). WordPress exports never do, and entities "
          "declared there can be used for attacks: it is refused. Remove the <!DOCTYPE …> part "
          "if you trust the file.")
    )  # fmt: skip
