"""What a name looks like to a reader, whatever characters it is written with.

Two names with the same skeleton cannot be told apart at a glance. For comparison only; a skeleton
is never shown. After Unicode TR39, its common cases, and the Chinese pairs that fool readers.
"""

import unicodedata

from articles.folding import fold


def _pairs(look: str, like: str) -> dict[int, str]:
    """Map characters one by one; an unequal number of them is a mistake in this file."""
    return {ord(a): b for a, b in zip(look, like, strict=True)}


# Small letters of other alphabets, and signs, that pass for Latin ones.
_LATIN = (
    _pairs("авгекмнорстухіјѕһԁԛԝѵөґё", "abrekmhopctyxijshdqwvore")
    | _pairs("αβγεζηικνορτυχωϲϳ", "abyeznikvoptuxwcj")
    | _pairs("ɑɡɩıʟᴀʙᴄᴅᴇꜰɢʜɪᴊᴋᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "agiilabcdefghijkmnoprstuvwyz")
    | _pairs("ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ", "abcdefghijklmnoprstuvwxyz")
    | _pairs("ᎪᏴᏟᎠᎬᏀᎻᎥᎫᏦᏞᎷᏢᏒᏚᎢᏙᎳᏃ", "abcdeghijklmprstvwz")
    | _pairs("օսոհցքԍաі", "ounhgpgwi")
    | _pairs("øđłħŧæœß", "odlhtaob")
)
# Han characters, kana and signs that pass for one another; by number where even an editor's eye
# would not tell them apart: 曰 and 日, 已 and 巳 and 己.
_HAN = (
    _pairs("\u66f0\u5df2\u5df3\u672b\u58eb\u5165", "\u65e5\u5df1\u5df1\u672a\u571f\u4eba")
    | _pairs("〇丨戌戍缉宫贠祗衹侍", "oi戊戊辑官员只只待")
    | _pairs("ロカニハエタトミオチー", "口力二八工夕卜三才千一")
)
# After everything else: digits and letters that pass for one another.
_DIGITS = _pairs("0l1", "oii")
_REGIONAL, _BOXED = 0x1F1E6, (0x1F130, 0x1F150, 0x1F170)


def _letters_in_boxes() -> dict[int, str]:
    """Map letters in squares and circles, and those of which flags are made."""
    starts = (_REGIONAL, *_BOXED)
    return {start + n: chr(ord("a") + n) for start in starts for n in range(26)}


_BOXES = _letters_in_boxes()


def skeleton(name: str) -> str:
    """Return what a name looks like: in one script, one case, one width, traditional characters
    simplified, without marks, signs, space and whatever cannot be seen. Microseconds."""
    plain = unicodedata.normalize("NFKD", name.translate(_BOXES))
    plain = "".join(char for char in plain if unicodedata.category(char) != "Mn")
    folded = fold(unicodedata.normalize("NFC", plain)).replace(" ", "")
    looks = folded.translate(_LATIN).translate(_HAN).translate(_DIGITS)
    return looks.replace("rn", "m").replace("vv", "w")


# What takes room but cannot be seen, though Unicode calls it a letter or a sign.
_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str) -> str:
    """Return a name without what nobody sees: control and direction marks, zero widths, blanks
    that pass for letters, variation selectors; runs of space become one."""
    seen = (
        " " if char in _BLANK else char
        for char in unicodedata.normalize("NFC", text)
        if unicodedata.category(char) not in _UNSEEN or char in "\t\n"
    )
    kept = "".join(char for char in seen if not "\ufe00" <= char <= "\ufe0f")
    return " ".join(kept.split())


_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "LISU", "COPTIC", "GEORGIAN")


def mixes_alphabets(name: str) -> bool:
    """Say whether letters of several alphabets stand in one name, as nobody writes but who wants
    to look like another."""
    found = set()
    for char in unicodedata.normalize("NFKC", name):
        if unicodedata.category(char)[0] == "L":
            script = unicodedata.name(char, "").partition(" ")[0]
            found |= {script} & set(_ALPHABETS)
    return len(found) > 1
