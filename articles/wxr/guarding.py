"""Setting code apart before anything else looks at a text, and putting it back afterwards."""

import re
from html import escape, unescape

# Noncharacters stand for what was set apart; they occur in no text.
OPEN_BLOCK, OPEN_INLINE, CLOSE, MORE = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"
_SIGNS = re.compile(f"[{OPEN_BLOCK}-\ufdef]")
PLACEHOLDER = re.compile(f"([{OPEN_BLOCK}{OPEN_INLINE}])([0-9]{{1,9}}){CLOSE}")

_CODE_NAMES = (
    "code|sourcecode|source|crayon|cce|cc|highlight|prettify|codesyntax|php|css|js|javascript|java|"
    "python|py|bash|shell|sql|html|xml|cpp|c|csharp|ruby|perl|go|diff|plain"
)
_RAW_NAMES = ("pre", "code", "script", "style", "textarea", "kbd", "samp")
_OPENING = re.compile(
    rf"<({'|'.join(_RAW_NAMES)})\b[^<>]*>|\[({_CODE_NAMES})((?:\s[^\[\]]*)?)\]", re.IGNORECASE
)
_BREAKS = re.compile(r"<br\s*/?>|</p>\s*<p[^<>]*>", re.IGNORECASE)
_LONE_PRE = re.compile(r"\s*<pre\b[^<>]*>(.*)</pre\s*>\s*\Z", re.IGNORECASE | re.DOTALL)


class Guarded:
    """A text whose code stands apart: `text` with a sign in each place."""

    def __init__(self, html: str) -> None:
        self.pieces: list[str] = []
        self.code_shortcodes = 0
        self.text = self._guard(_SIGNS.sub("", html))

    def restore(self, text: str) -> str:
        return PLACEHOLDER.sub(lambda match: self.pieces[int(match[2])], text)

    def _guard(self, html: str) -> str:
        """Walk from one opening to its end; linear, as a missing end is looked for only once."""
        out: list[str] = []
        done = look = 0
        endless: set[str] = set()
        while match := _OPENING.search(html, look):
            name = (match[1] or match[2]).lower()
            ending = rf"</{name}\s*>" if match[1] else rf"\[/{name}\s*\]"
            end = None
            if ending not in endless:
                end = re.compile(ending, re.IGNORECASE).search(html, match.end())
            if end is None:
                endless.add(ending)
                look = match.end()
                continue
            out.append(html[done : match.start()])
            if match[1]:
                out.append(
                    self._keep(html[match.start() : end.end()], name not in {"code", "kbd", "samp"})
                )
            else:
                self.code_shortcodes += 1
                out.append(self._keep(_code(html[match.end() : end.start()]), is_block=True))
            done = look = end.end()
        return "".join([*out, html[done:]])

    def _keep(self, piece: str, is_block: bool) -> str:
        self.pieces.append(piece)
        return f"{OPEN_BLOCK if is_block else OPEN_INLINE}{len(self.pieces) - 1}{CLOSE}"


def _code(text: str) -> str:
    """Return what stood in a code shortcode as preformatted text, however it was escaped."""
    if match := _LONE_PRE.match(text):
        text = match[1]
    if "\n" not in text.strip():
        text = _BREAKS.sub("\n", text)
    return f"<pre><code>{escape(unescape(text).strip(chr(10)), quote=False)}</code></pre>"
