"""Making copies whose source is known: the disguises that a check for originality must stand.

Everything follows from the seed, so that two runs compare.
"""

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from opencc import OpenCC

from tests.conftest import SHARED

DEV = SHARED / "near_duplicates_dev"
ARTICLES = SHARED / "articles"
_SENTENCE = re.compile(r"[^。！？\n]+[。！？]?[”」』]?|\n")
_ADS = (
    "限时优惠！新会员注册就送购物券，数量有限，先到先得。",
    "扫码关注公众号，每天领取独家干货和资料包。",
    "商务合作请加微信，注明公司和来意，谢谢支持。",
    "本文仅代表作者本人观点，与本平台立场无关，请读者自行判断。",
    "点击下方链接马上下载应用，享受全年免费的云服务。",
    "觉得有用就请点赞转发，让更多朋友看到这篇文章。",
)
_NOISE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_WIDE = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)})


@dataclass(frozen=True)
class Text:
    id: str
    title: str
    text: str


@dataclass(frozen=True)
class Suspect:
    """A text to check. The label is copy, partial, overlap or original, as in the labelled set."""

    id: str
    type: str
    label: str
    sources: tuple[str, ...]
    text: str


def _lines(path: Path) -> Iterator[dict]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def labelled() -> tuple[list[Text], list[Suspect]]:
    """Return the library and the suspects of the labelled set."""
    labels = {row["id"]: row for row in _lines(DEV / "labels.jsonl")}
    library = [Text(r["id"], r["title"], r["text"]) for r in _lines(DEV / "library.jsonl")]
    suspects = []
    for row in _lines(DEV / "suspects.jsonl"):
        label = labels[row["id"]]
        suspects.append(
            Suspect(row["id"], label["type"], label["label"], tuple(label["sources"]), row["text"])
        )
    return library, suspects


def articles() -> list[Text]:
    """Return the articles, their text without the mark-up of Markdown."""
    found = []
    for row in _lines(ARTICLES / "index.jsonl"):
        text = (ARTICLES / row["file"]).read_text(encoding="utf-8")
        text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", re.sub(r"(?m)^#+ |[*`]", "", text))
        if len(text) >= 400:
            found.append(Text(row["file"], row["title"], text))
    return found


def sentences(text: str) -> list[str]:
    return [part for part in _SENTENCE.findall(text) if part.strip()]


class Disguises:
    """Ways to disguise a text; `others` lends what replaces parts of it."""

    def __init__(self, seed: int, others: list[Text]) -> None:
        self._random = random.Random(seed)
        self._foreign = [s for other in others for s in sentences(other.text) if len(s) > 12]
        words = re.findall(r"[\u4e00-\u9fff]{2}", "".join(other.text for other in others))
        self._words = self._random.sample(words, min(20_000, len(words)))

    def verbatim(self, text: str) -> str:
        return text

    def traditional(self, text: str) -> str:
        return OpenCC("s2t").convert(text)

    def taiwan_words(self, text: str) -> str:
        return OpenCC("s2twp").convert(text)

    def noise(self, text: str) -> str:
        """Invisible characters, full width, spaces and changed punctuation."""
        noise = [*_NOISE, " ", "\u3000"]
        plain = text.translate(_WIDE).replace("。", ".").replace("，", ",")
        return "".join(
            c + (self._random.choice(noise) if self._random.random() < 0.1 else "") for c in plain
        )

    def markup(self, text: str) -> str:
        parts = (f"<p class=x>{s}</p><!-- {n} -->" for n, s in enumerate(sentences(text)))
        return "".join(parts).replace("，", "&#65292;").replace("的", "&#x7684;")

    def advertised(self, part: float) -> Callable[[str], str]:
        def disguise(text: str) -> str:
            parts, added = sentences(text), 0
            while added < part * (len(text) + added):
                ad = self._random.choice(_ADS)
                parts.insert(self._random.randrange(len(parts) + 1), ad)
                added += len(ad)
            return "".join(parts)

        return disguise

    def reordered(self, text: str) -> str:
        parts = sentences(text)
        self._random.shuffle(parts)
        return "".join(parts)

    def halves_moved(self, text: str) -> str:
        parts = sentences(text)
        return "".join(parts[len(parts) // 2 :] + parts[: len(parts) // 2])

    def replaced(self, part: float) -> Callable[[str], str]:
        """Sentences replaced by strange ones until that part of the characters is new."""

        def disguise(text: str) -> str:
            parts = sentences(text)
            goal, gone = part * sum(map(len, parts)), 0
            for at in self._random.sample(range(len(parts)), len(parts)):
                if gone >= goal:
                    break
                gone += len(parts[at])
                parts[at] = self._foreign_text(len(parts[at]))
            return "".join(parts)

        return disguise

    def shortened(self, part: float) -> Callable[[str], str]:
        def disguise(text: str) -> str:
            parts = sentences(text)
            keep = max(1, round(len(parts) * (1 - part)))
            kept = sorted(self._random.sample(range(len(parts)), keep))
            return "".join(parts[at] for at in kept)

        return disguise

    def synonyms(self, part: float) -> Callable[[str], str]:
        """Two-character words replaced by others until that part of the characters is new."""

        def disguise(text: str) -> str:
            chars, at = list(text), 0
            while at < len(chars) - 1:
                if self._random.random() < part / (2 - part) and chars[at].isalpha():
                    chars[at : at + 2] = self._random.choice(self._words)
                    at += 1
                at += 1
            return "".join(chars)

        return disguise

    def rewritten(self, part: float) -> Callable[[str], str]:
        """Words replaced, left out and put in, and clauses within sentences in another order."""
        changed = self.synonyms(part * 0.7)

        def disguise(text: str) -> str:
            done = []
            for sentence in sentences(text):
                clauses = re.split(r"(?<=[，、；])", sentence.rstrip("。！？"))
                if self._random.random() < 0.5:
                    self._random.shuffle(clauses)
                done.append("".join(clauses).rstrip("，、；") + "。")
            chars = [c for c in changed("".join(done)) if self._random.random() > part * 0.15]
            particles = (
                self._random.choice("的了是在也") if self._random.random() < part * 0.15 else ""
                for _char in chars
            )
            return "".join(map("".join, zip(chars, particles, strict=True)))

        return disguise

    def passage(self, part: float) -> Callable[[str], str]:
        """A run of the text's sentences amid strange ones, `part` of the whole."""

        def disguise(text: str) -> str:
            parts = sentences(text)
            goal = max(60, round(sum(map(len, parts)) * min(0.8, part * 1.5)))
            start = self._random.randrange(max(1, len(parts) // 3))
            taken = ""
            while start < len(parts) and len(taken) < goal:
                taken += parts[start]
                start += 1
            around = self._foreign_text(round(len(taken) * (1 - part) / part))
            cut = self._random.randrange(len(around) + 1)
            return around[:cut] + taken + around[cut:]

        return disguise

    def quotation(self, text: str) -> str:
        """A strange text that quotes a sentence or two, 8 % of the whole."""
        taken = next((s for s in sentences(text) if 30 <= len(s) <= 120), text[:60])
        around = self._foreign_text(round(len(taken) * 11.5))
        cut = self._random.randrange(len(around) + 1)
        return f"{around[:cut]}\n作者写道：“{taken.strip()}”\n{around[cut:]}"

    def short_passage(self, text: str, length: int, around: int) -> tuple[str, int]:
        """`length` characters from anywhere in the text, inside a strange text of `around`; and
        where they begin there."""
        start = self._random.randrange(max(1, len(text) - length))
        strange = self._foreign_text(around)
        cut = self._random.randrange(len(strange))
        return strange[:cut] + text[start : start + length] + strange[cut:], cut

    def _foreign_text(self, length: int) -> str:
        taken = ""
        while len(taken) < length:
            taken += self._random.choice(self._foreign)
        return taken


def generated(seed: int = 1, per_type: int = 20) -> tuple[list[Text], list[Suspect]]:
    """Return a library made of half of the articles and suspects made from it in the manner of
    the labelled set; the articles of the other half are the originals, and lend the rest."""
    pool = articles()
    random.Random(seed).shuffle(pool)
    half = len(pool) // 2
    library, others = pool[:half], pool[half:]
    disguises = Disguises(seed, others[: len(others) // 2])
    copies = {
        "verbatim": disguises.verbatim, "traditional": disguises.traditional,
        "taiwan_words": disguises.taiwan_words, "noise": disguises.noise,
        "markup": disguises.markup, "advertised_10": disguises.advertised(0.1),
        "advertised_30": disguises.advertised(0.3), "reordered": disguises.reordered,
        "halves_moved": disguises.halves_moved, "replaced_10": disguises.replaced(0.1),
        "replaced_20": disguises.replaced(0.2), "replaced_30": disguises.replaced(0.3),
        "replaced_50": disguises.replaced(0.45), "shortened_20": disguises.shortened(0.2),
        "shortened_50": disguises.shortened(0.5), "synonyms_10": disguises.synonyms(0.1),
        "synonyms_20": disguises.synonyms(0.2), "synonyms_30": disguises.synonyms(0.3),
        "rewritten_20": disguises.rewritten(0.2), "rewritten_35": disguises.rewritten(0.35),
        "passage_60": disguises.passage(0.6),
    }  # fmt: skip
    suspects = [
        Suspect(f"{name}-{n}", name, "copy", (source.id,), disguise(source.text))
        for name, disguise in copies.items()
        for n, source in enumerate(random.Random(f"{seed}{name}").sample(library, per_type))
    ]
    for name, disguise in {"passage_40": disguises.passage(0.4)}.items():
        suspects += [
            Suspect(f"{name}-{n}", name, "partial", (source.id,), disguise(source.text))
            for n, source in enumerate(library[:per_type])
        ]
    suspects += [
        Suspect(f"quotation-{n}", "quotation_8", "original", (), disguises.quotation(source.text))
        for n, source in enumerate(library[:per_type])
    ]
    suspects += [
        Suspect(f"unrelated-{n}", "unrelated", "original", (), other.text)
        for n, other in enumerate(others)
    ]
    return library, suspects
