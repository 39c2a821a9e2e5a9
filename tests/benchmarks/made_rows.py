"""Rows for `fill`: what a published article leaves in each table, made without a database.

A worker process makes them in batches. The same number gives the same article, so a fill that was
stopped goes on as if it had not been. What is derived from a text is derived by a shorter way
where that is the same for made texts, and compared with the site's own way once a batch.
"""

import json
import random
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import blake2b
from itertools import accumulate
from typing import Any

from tests.benchmarks.generated import Writer

TAGS, ROOTS, CATEGORIES, BYLINES, THEMES = 500, 5, 20, 300, 400
YEARS = timedelta(days=3 * 365)
CHARACTERS = 1500
_HEADINGS = ("一、", "二、", "三、")
_LIKED, _MOST_LIKES = 0.4, 12
_FEATURED_EVERY = 5_000
_POOL = 1 << 18


@dataclass(frozen=True)
class Plan:
    """What is made: how many articles, the last of them when, and under which numbers their
    categories, tags (with slugs) and bylines stand."""

    size: int
    ends_at: datetime
    categories: tuple[int, ...]
    tags: tuple[tuple[int, str, str], ...]
    bylines: tuple[int, ...]
    with_search: bool = True
    with_originality: bool = True

    def published_at(self, number: int) -> datetime:
        """The articles come in the order of their numbers, evenly and no two in one second."""
        return self.ends_at - YEARS * ((self.size - number) / self.size)


class QuickWriter(Writer):
    """Draws its words from pools that were drawn beforehand, in a third of the time."""

    def __init__(self) -> None:
        from articles.folding import fold as folded

        super().__init__()
        draw = self._random.choices
        self._anywhere = draw(range(len(self._words)), cum_weights=self._weights, k=_POOL)
        self._ranks = draw(
            range(len(self._follower_weights)), cum_weights=self._follower_weights, k=_POOL
        )
        self._own = draw(range(len(self._theme_weights)), cum_weights=self._theme_weights, k=_POOL)
        self._ways = {share: draw((0, 1, 2), (share, 0.57, 0.43 - share), k=_POOL)
                      for share in (0.33, 0.43)}  # fmt: skip
        self._curve = [self._at(place / len(self._words)) for place in range(len(self._words))]
        # So that a text is folded when its marks are gone.
        self._words = [folded(word) for word in self._words]

    def words(self, count: int, theme: int, share: float = 0.33) -> list[str]:
        ways, own, ranks, anywhere = (
            self._stretch(pool, count)
            for pool in (self._ways[min(share, 0.43)], self._own, self._ranks, self._anywhere)
        )
        themes, spellings, last = self._themes[theme], self._words, anywhere[0]
        curve, many = self._curve, len(self._words)
        words = []
        for place, way in enumerate(ways):
            if way == 0:
                last = themes[own[place]]
            elif way == 1:
                last = curve[(last * 7919 + ranks[place] * 104729 + 12345) % many]
            else:
                last = anywhere[place]
            words.append(spellings[last])
        return words

    def _stretch(self, pool: list[int], count: int) -> list[int]:
        start = self._random.randrange(len(pool) - count)
        return pool[start : start + count]


@dataclass(frozen=True)
class Text:
    """A made article."""

    number: int
    title: str
    body: str
    prose: str
    toc: list[dict[str, str]]
    lines: list[str]
    tags: list[tuple[int, str, str]]
    category: int
    byline: int
    published_at: datetime

    @property
    def plain(self) -> str:
        return "\n".join(self.lines)


@cache
def _tag_weights() -> list[float]:
    return list(accumulate(1 / (rank + 1) for rank in range(TAGS)))


@cache
def _category_weights() -> list[float]:
    return list(accumulate(1 / (rank + 3) for rank in range(CATEGORIES)))


def write(writer: Writer, chance: random.Random, number: int, plan: Plan) -> Text:
    made = writer.article(number, CHARACTERS, number % THEMES)
    paragraphs = made.text.split("\n")
    body: list[str] = []
    prose: list[str] = []
    toc: list[dict[str, str]] = []
    lines: list[str] = []
    every = max(1, len(paragraphs) // len(_HEADINGS))
    for place, paragraph in enumerate(paragraphs):
        if place % every == 0 and place // every < len(_HEADINGS):
            numeral, words = _HEADINGS[place // every], paragraph[:8].replace("，", "")
            anchor = f"s{len(toc) + 1}"
            body.append(f"<h2>{numeral}{words}</h2>")
            prose.append(f'<h2 id="{anchor}"><span class="no">{numeral}</span>{words}</h2>')
            toc.append({"id": anchor, "no": numeral, "text": words})
            lines.append(numeral + words)
        body.append(f"<p>{paragraph}</p>")
        prose.append(f"<p>{paragraph}</p>")
        lines.append(paragraph)
    # Popular tags are where they are by rank; each article has its tags but once.
    ranks = chance.choices(range(TAGS), cum_weights=_tag_weights(), k=chance.randint(3, 5))
    return Text(
        number=number,
        title=made.title[:200],
        body="".join(body),
        prose="".join(prose),
        toc=toc,
        lines=lines,
        tags=[plan.tags[rank] for rank in dict.fromkeys(ranks)],
        category=chance.choices(plan.categories, cum_weights=_category_weights())[0],
        byline=plan.bylines[int(len(plan.bylines) * chance.random() ** 3)],
        published_at=plan.published_at(number),
    )


# --- Rows -----------------------------------------------------------------------------------
Rows = dict[str, list[tuple[Any, ...]]]


class Maker:
    """Makes the rows of batches; one to a process."""

    def __init__(self, plan: Plan) -> None:
        from django.db import connection

        from articles.models import Article

        self._plan = plan
        self._is_postgresql = connection.vendor == "postgresql"
        self._writer = QuickWriter()
        fields = [field for field in Article._meta.concrete_fields if not field.generated]
        self._defaults = {field.column: default_of(field) for field in fields}

    def batch(self, first: int, count: int) -> Rows:
        """Return the rows of articles from a number on, by table."""
        self._writer.begin_again(first)
        chance = random.Random(first)
        rows: Rows = {name: [] for name in columns(self._plan, self._is_postgresql)}
        for number in range(first, first + count):
            text = write(self._writer, chance, number, self._plan)
            if number == first:
                _compare_with_the_site(text)
            self._add(rows, text, chance)
        return rows

    def _add(self, rows: Rows, text: Text, chance: random.Random) -> None:
        from articles.search.terms import head_terms

        is_liked = chance.random() < _LIKED
        likes = min(_MOST_LIKES, int(chance.paretovariate(1.2))) if is_liked else 0
        at = stamp(text.published_at)
        rows["articles_article"].append(self._article(text, likes, at))
        rows["articles_articletag"] += [(text.number, pk) for pk, _name, _slug in text.tags]
        rows["articles_like"] += [
            (text.number, f"{text.number:x}-{place}".rjust(43, "m"), at) for place in range(likes)
        ]
        words = f" {_folded(text.title)} "
        self._add_found(
            rows, "articles_desktitle", (text.number, words), "articles_desk_titles",
            text.number, [head_terms(words)],
        )  # fmt: skip
        if self._plan.with_search:
            self._add_document(rows, text)
        if self._plan.with_originality:
            rows["submissions_indexedtext"].append(_indexed_text(text, at))

    def _article(self, text: Text, likes: int, at: str) -> tuple[Any, ...]:
        is_featured = text.number % _FEATURED_EVERY == 0
        own = {
            "id": text.number,
            "title": text.title,
            "body": text.body,
            "prose": text.prose,
            "toc": json.dumps(text.toc),
            "summary": " ".join(text.lines[1:])[:120] + "…",
            "folded_title": _folded(text.title)[:400],
            "characters": sum(map(len, text.lines)),
            "category_id": text.category,
            "contributor_id": text.byline,
            "status": "published",
            "published_at": at,
            "created_at": at,
            "updated_at": at,
            "tag_names": json.dumps([name for _pk, name, _slug in text.tags]),
            "tag_links": json.dumps([{"name": n, "slug": slug} for _pk, n, slug in text.tags]),
            "like_count": likes,
            "read_count": likes * 31,
            "featured": is_featured if self._is_postgresql else int(is_featured),
        }
        return tuple((self._defaults | own).values())

    def _add_document(self, rows: Rows, text: Text) -> None:
        from articles.search.terms import VERSION, category_mark, head_terms, tag_mark, terms_of

        title, tags = _folded(text.title), " ".join(_folded(name) for _pk, name, _s in text.tags)
        marks = sorted([*(tag_mark(pk) for pk, _n, _s in text.tags), category_mark(text.category)])
        words = _folded(text.plain)
        found, told = terms_of(words), terms_of(title)
        digest = blake2b(
            "\n".join((title, tags, " ".join(marks), words)).encode(), digest_size=16
        ).digest()
        number = int(text.published_at.timestamp())
        row = (number, text.number, VERSION, digest, len(found) + len(told), title, tags,
               " ".join(marks), words)  # fmt: skip
        head = head_terms(title) | head_terms(tags)
        everything = {*found, *told, *terms_of(tags), *marks}
        self._add_found(rows, "articles_searchdocument", row, "articles_search", number,
                        [head, everything])  # fmt: skip

    def _add_found(
        self, rows: Rows, table: str, row: tuple[Any, ...], index: str, number: int,
        terms: Sequence[Iterable[str]],
    ) -> None:  # fmt: skip
        """Add a row and by what it is found: on PostgreSQL in the row itself."""
        from articles.search.postgresql import packed

        if self._is_postgresql:
            arrays = ("{" + ",".join(map(str, packed(some))) + "}" for some in terms)
            rows[table].append((*row, *arrays))
            return
        rows[table].append(row)
        names = [index] if len(terms) == 1 else [f"{index}_head", f"{index}_text"]
        for name, some in zip(names, terms, strict=True):
            rows[name].append((number, " ".join(some)))


def columns(plan: Plan, is_postgresql: bool) -> dict[str, list[str]]:
    """Return the tables that a fill writes, and their columns."""
    from articles.models import Article

    article = [f.column for f in Article._meta.concrete_fields if f.column and not f.generated]
    tables: dict[str, list[str]] = {
        "articles_article": article,
        "articles_articletag": ["content_object_id", "tag_id"],
        "articles_like": ["article_id", "visitor", "created_at"],
        "articles_desktitle": ["article_id", "words"],
    }
    if plan.with_search:
        tables["articles_searchdocument"] = (
            "number article_id version digest length title tags marks text".split()
        )
    if plan.with_originality:
        tables["submissions_indexedtext"] = (
            "id kind object_id title compressed digest hashes position version indexed_at".split()
        )
    if is_postgresql:
        tables["articles_desktitle"].append("grams")
        if plan.with_search:
            tables["articles_searchdocument"] += ["head_grams", "text_grams"]
        return tables
    tables["articles_desk_titles"] = ["rowid", "terms"]
    if plan.with_search:
        tables["articles_search_head"] = tables["articles_search_text"] = ["rowid", "terms"]
    return tables


def default_of(field: Any) -> Any:
    """Return what the database is given for a field that an article says nothing of."""
    from django.db import connection, models

    value = field.get_default()
    if isinstance(field, models.JSONField):
        return json.dumps(value)
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, bool):
        return value if connection.vendor == "postgresql" else int(value)
    return field.get_prep_value(value)


def stamp(moment: datetime) -> str:
    """Return a moment of UTC as both databases take it."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _folded(text: str) -> str:
    """Made texts are of words that were folded, and of these marks."""
    for mark in "，。、\n":
        text = text.replace(mark, " ")
    return " ".join(text.split())


def _indexed_text(text: Text, at: str) -> tuple[Any, ...]:
    from submissions.originality.fingerprints import VERSION, pack

    plain = text.plain
    encoded = plain.encode()
    hashes = sorted(set(_fingerprints(_folded(plain).replace(" ", ""))))
    return (
        text.number, "article", text.number, text.title, zlib.compress(encoded),
        blake2b(encoded, digest_size=16).digest(), pack(hashes), 0, VERSION, at,
    )  # fmt: skip


def _fingerprints(folded: str) -> list[int]:
    """Return the hashes of `sample`, in half of its time: the same windows, looked at less often.

    Made texts have no character of more than two bytes in UTF-16.
    """
    from submissions.originality.fingerprints import GRAM, WINDOW, _stored

    raw = folded.encode("utf-32-le")
    width, crc32 = GRAM * 4, zlib.crc32
    ranks = [crc32(raw[i : i + width]) for i in range(0, len(raw) - width + 1, 4)]
    chosen: list[int] = []
    least = -1
    for start in range(max(1, len(ranks) - WINDOW + 1)):
        end = start + WINDOW - 1
        if least < start:
            window = ranks[start : end + 1]
            least = start + len(window) - 1 - window[::-1].index(min(window))
        elif ranks[end] <= ranks[least]:
            least = end
        else:
            continue
        chosen.append(least)
    return [_stored(raw[at * 4 : at * 4 + width]) for at in chosen]


def _compare_with_the_site(text: Text) -> None:
    """Raise AssertionError where a short cut does not lead to what the site itself would store."""
    from articles.html import clean
    from articles.prose import prepare
    from articles.search.indexing import read
    from submissions.originality.fingerprints import sample
    from submissions.originality.texts import read_folded

    prose = prepare(text.body)
    plain = text.plain
    assert (prose.html, prose.toc, prose.text) == (text.prose, text.toc, plain), text.number
    assert clean(text.body) == text.body, text.number
    names = [name for _pk, name, _slug in text.tags]
    title, tags, words = read(text.title, names, text.prose)
    assert (title, tags) == (_folded(text.title), " ".join(map(_folded, names))), text.number
    assert words == _folded(plain), text.number
    folded = read_folded(plain)
    assert folded == _folded(plain).replace(" ", ""), text.number
    assert [s.hash for s in sample(folded)] == _fingerprints(folded), text.number
