"""Finding the contacts and calls to follow or buy that a plain text holds. No database here."""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy

_AROUND = 18
_KINDS = {
    "word": gettext_lazy("Watched word"),
    "phone": gettext_lazy("Telephone number"),
    "wechat": gettext_lazy("WeChat"),
    "qq": gettext_lazy("QQ"),
    "email": gettext_lazy("E-mail address"),
    "address": gettext_lazy("Web address"),
    "promotion": gettext_lazy("Promotion"),
}
# Patterns over the text with every character as wide as half, which keeps the offsets. A mark or
# a space between the digits is how numbers are disguised.
_GAP = r"[\s\-—_.·•,，。、*]{0,2}"
_ID = r"(?:号|號|公众号|公眾號|群|ID|id)?[\s:：是为為=→>（(【\[]{0,4}"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("phone", re.compile(rf"(?<!\d)(?:\+?86{_GAP})?1{_GAP}[3-9](?:{_GAP}\d){{9}}(?!\d)")),
    ("phone", re.compile(r"(?<!\d)0\d{2,3}[-－—\s]\d{7,8}(?!\d)")),
    ("phone", re.compile(r"(?<!\d)[48]00[-－—\s]?\d{3}[-－—\s]?\d{4}(?!\d)")),
    (
        "wechat",
        re.compile(
            rf"(?:加|添加|关注|關注|扫码|掃碼)?(?:我的?|本人)?(?:微信|威信|薇信|徽信|wei\s?xin|"
            rf"wechat|\bvx\b|\bwx\b|[vV]信|\+[vV]|[加➕][vV薇威]){_ID}"
            rf"[A-Za-z][A-Za-z0-9_-]{{4,19}}",
            re.IGNORECASE,
        ),
    ),
    (
        "qq",
        re.compile(
            rf"(?:扣扣|企鹅|企鵝|[Qq]\s?[Qq]|[加进進][Qq]){_ID}[1-9](?:{_GAP}\d){{4,10}}(?!\d)"
        ),
    ),
    (
        "email",
        re.compile(
            r"[A-Za-z0-9._%+-]{1,64}\s?(?:@|#|\[at\]|\(at\)|（at）)\s?"
            r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,10}",
            re.IGNORECASE,
        ),
    ),
    (
        "address",
        re.compile(
            r"(?:https?://|www\.)[^\s<>\"'，。；！？、（）《》“”\u4e00-\u9fff]{3,300}|"
            r"(?<![A-Za-z0-9@._-])[A-Za-z0-9-]{2,63}\.(?:com|cn|net|org|top|vip|xyz|shop|cc|me|io|"
            r"club|site|online|link|app)(?![A-Za-z0-9-])(?:/[^\s，。；！？、（）“”\u4e00-\u9fff]{0,200})?",
            re.IGNORECASE,
        ),
    ),
    (
        "promotion",
        re.compile(
            r"(?:加|添加|＋)(?:我|个|一下|小编)?(?:的)?(?:微信|薇信|威信|[vV](?![A-Za-z])|好友|"
            r"[Qq]群|群聊)|扫(?:一扫|描)?(?:下方|文末|上方)?二?维?码|关注(?:我的?|本)?公众号|"
            r"私信(?:我|领取|获取)|(?:免费|限时)(?:领取|领|送)|点击(?:下方|文末)?链接|"
            r"(?:下单|购买|领券)(?:链接|地址|入口)|优惠码|邀请码|推广码|复制(?:口令|这段)|淘口令|"
            r"加盟(?:热线|电话)|咨询(?:热线|电话)|包(?:过|赚)|稳赚"
        ),
    ),
)


@dataclass(frozen=True)
class Hit:
    """A place that an editor should know of. `start` and `end` are offsets in the plain text
    (`text_of`), or -1 for the title and for the target of a link."""

    kind: str
    quote: str
    start: int
    end: int
    before: str = ""
    after: str = ""
    note: str = ""

    @property
    def label(self) -> str:
        return str(_KINDS[self.kind])


def contacts(text: str) -> list[Hit]:
    """Return the telephone numbers, WeChat and QQ names, mail and web addresses and calls to
    follow or buy of a plain text. The site's own address is none. 1 ms for 1,500 characters."""
    narrow = _narrow(text)
    found: list[Hit] = []
    taken: list[tuple[int, int]] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(narrow):
            start, end = match.span()
            if any(start < e and s < end for s, e in taken) or is_own(match[0]):
                continue
            taken.append((start, end))
            found.append(hit_at(kind, text, start, end))
    return found


def _narrow(text: str) -> str:
    """Return the text with full-width and circled characters plain, each still in its place."""
    return "".join(
        plain if len(plain := unicodedata.normalize("NFKC", char)) == 1 else char for char in text
    )


def is_own(found: str) -> bool:
    """Say whether an address, with its scheme or without, is one of this site."""
    host = urlsplit(settings.SITE_URL).hostname or ""
    address = found if "//" in found else f"//{found}"
    try:
        return (urlsplit(address).hostname or "") == host
    except ValueError:  # Such as an address in brackets that is none.
        return False


def hit_at(kind: str, text: str, start: int, end: int, note: str = "") -> Hit:
    """Return the stretch of a text as a hit, with the words around it in its line."""
    return Hit(
        kind,
        text[start:end],
        start,
        end,
        text[max(0, start - _AROUND) : start].rpartition("\n")[2],
        text[end : end + _AROUND].partition("\n")[0],
        note,
    )
