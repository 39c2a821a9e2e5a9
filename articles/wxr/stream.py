"""An export's bytes on their way to the parser: without what stands before the XML and without
characters that XML forbids, in pieces of constant size."""

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from django.utils.translation import gettext as _

CHUNK = 256 * 1024
_HEAD = 1024 * 1024
_ILLEGAL = bytes(code for code in range(32) if code not in b"\t\n\r")
_NONCHARACTERS = re.compile(rb"\xef\xbf[\xbe\xbf]|\xed[\xa0-\xbf][\x80-\xbf]")
_REFERENCES = re.compile(rb"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,9}));")
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_KNOWN_ENCODINGS = re.compile(
    r"utf-?8|utf-?16(?:[-_]?[lb]e)?|ascii|gbk|gb2312|gb18030|big5(?:hkscs)?|iso-?8859-\d+|cp\d+|"
    r"euc_(?:jp|kr)|shift_jis"
)


class Refused(Exception):  # noqa: N818 – it is an answer to the person, not a fault of the program.
    """The file cannot be imported; the message says why and what to do."""


def open_export(path: Path) -> BinaryIO:
    """Open a file for reading, or raise Refused where it cannot be."""
    try:
        if path.is_dir():
            raise Refused(_("%(path)s is a folder. Name the export file in it.") % {"path": path})
        return path.open("rb")
    except FileNotFoundError as error:
        raise Refused(_("There is no file %(path)s.") % {"path": path}) from error
    except (OSError, ValueError) as error:
        raise Refused(
            _("%(path)s cannot be read: %(why)s") % {"path": path, "why": error}
        ) from error


class ExportStream:
    """The cleaned bytes of an export, always in UTF-8, and what had to be cleaned away."""

    def __init__(self, path: Path) -> None:
        self._file = open_export(path)
        try:
            self.size = path.stat().st_size
            self.read_bytes = 0
            self.stripped: Counter[str] = Counter()
            self._begin()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._file.close()

    def _read(self, size: int) -> bytes:
        try:
            # To the end of a line, so that hardly ever a character is parted.
            return self._file.read(size) + self._file.readline(65536)
        except OSError as error:
            raise Refused(_("The file cannot be read: %(why)s") % {"why": error}) from error

    def _begin(self) -> None:
        """Look for the beginning of the XML and for its encoding."""
        head = self._read(_HEAD)
        self.encoding, head = _without_mark(head)
        self.has_mark = bool(self.encoding)
        if self.encoding:
            start, self.preamble, self.preamble_lines = 0, "", 0
        else:
            start = _beginning(head)
            before = head[:start]
            self.has_mark = before.startswith(codecs.BOM_UTF8)
            self.preamble = before.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace").strip()
            self.preamble_lines = before.count(b"\n")
            self.encoding = _declared(head[start:])
        self._head = head[start:]
        self.read_bytes = start

    def chunks(self) -> Iterator[bytes]:
        """Yield the file in pieces of UTF-8 that XML allows. Raises Refused where the bytes are
        not text in the encoding that the file states."""
        errors = "surrogatepass" if self.encoding.startswith("utf") else "strict"
        decoder = codecs.getincrementaldecoder(self.encoding)(errors)
        line, carried = self.preamble_lines + 1, b""
        piece, is_last = self._head, False
        self._head = b""
        while not is_last:
            following = self._read(CHUNK)
            is_last = not following
            try:
                text = decoder.decode(piece, is_last)
            except UnicodeDecodeError as error:
                line += piece[: error.start].count(b"\n")
                raise _wrong_encoding(self.encoding, line) from error
            self.read_bytes += len(piece)
            line += text.count("\n")
            joined = carried + text.encode("utf-8", "surrogatepass")
            cut = len(joined) if is_last else _safe_cut(joined)
            carried = joined[cut:]
            yield self._strip(joined[:cut])
            piece = following

    def _strip(self, data: bytes) -> bytes:
        clean = data.translate(None, _ILLEGAL)
        if len(clean) != len(data):
            for code in _ILLEGAL:
                if found := data.count(code):
                    self.stripped[f"U+{code:04X}"] += found
        if b"\xef\xbf" in clean or b"\xed" in clean:
            clean, found = _NONCHARACTERS.subn(b"", clean)
            self._count(_("half characters"), found)
        if b"&#" in clean:
            before = len(clean)
            clean = _REFERENCES.sub(_legal_reference, clean)
            self._count(_("references to control characters"), before - len(clean))
        return clean

    def _count(self, what: str, found: int) -> None:
        if found:
            self.stripped[what] += found


def _legal_reference(match: re.Match[bytes]) -> bytes:
    code = int(match[1], 16) if match[1] else int(match[2])
    legal = code in {9, 10, 13} or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE
    return match[0] if legal or 0x10000 <= code < 0x110000 else b""


def _without_mark(head: bytes) -> tuple[str, bytes]:
    """Return the encoding that a byte order mark (or its effect) shows, and the bytes after it;
    no encoding where UTF-8 may be assumed."""
    if not head.strip():
        raise Refused(_("The file is empty. Export it again in WordPress: Tools → Export."))
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if head.startswith(mark):
            return encoding, head[len(mark) :]
    if head.startswith((b"<\x00", b"\x00<")):
        return ("utf-16-le" if head[:1] == b"<" else "utf-16-be"), head
    return "", head


def _beginning(head: bytes) -> int:
    """Return where the XML begins; raise Refused where it does not look like an export at all."""
    if head.startswith((b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh")):
        raise Refused(_("This is a compressed file. Unpack it and name the .xml file in it."))
    starts = [at for sign in (b"<?xml", b"<rss") if (at := head.find(sign)) >= 0]
    page = re.search(rb"<!doctype html|<html[\s>]", head[:_HEAD], re.IGNORECASE)
    if page and (not starts or page.start() < min(starts)):
        raise Refused(
            _("This is a web page and no export. In WordPress, choose Tools → Export and save "
              "the .xml file.")
        )  # fmt: skip
    if not starts:
        raise Refused(_("This is no WordPress export: it holds no <rss> element."))
    return min(starts)


def _declared(head: bytes) -> str:
    match = _ENCODING.match(head)
    name = match[1].decode("ascii", "replace").lower() if match else "utf-8"
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        known = ""
    if not _KNOWN_ENCODINGS.fullmatch(known):
        raise Refused(
            _("The file states the encoding %(name)s, which cannot be read. Save it as UTF-8.")
            % {"name": name}
        )
    # What calls itself GB2312 or GBK often holds characters of the larger set.
    return {"gbk": "gb18030", "gb2312": "gb18030", "ascii": "utf-8"}.get(known, known)


def _wrong_encoding(encoding: str, line: int) -> Refused:
    return Refused(
        _("Near line %(line)d there are bytes that are not %(encoding)s. The file was damaged or "
          "saved in another encoding: export it again, or save it as UTF-8.")
        % {"line": line, "encoding": encoding.upper()}
    )  # fmt: skip


def _safe_cut(data: bytes) -> int:
    """Return where the data may be cut without parting a character or a reference."""
    cut = max(data.rfind(sign) for sign in (b"\n", b">", b" ", b";")) + 1
    return cut or len(data)
