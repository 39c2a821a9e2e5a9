"""Made articles, any number of them, put straight into the tables and the search index.

The words are made of the 3,755 commonest characters and drawn by Zipf's law, a third of them from
the words of the article's theme, and most of the others from those that like to follow the word
before: so the index sees about as many different 2-grams, and as unequal, as in real texts. Every
second article holds HALF, and five articles, wherever they stand, each word of RARE.
"""

import random
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice

HALF = "常用"
RARE = [f"{a}{b}" for a, b in zip("鼷鼹鼬鼯鼱", "龃龄龅龆龇", strict=True)]
_RARE_AMONG, _RARE_EVERY = 10_000, 400
_WORDS, _THEMES, _THEME_WORDS = 60_000, 400, 300
_FOLLOWERS = 30
# The commonest words are nearly as common as one another.
_FLAT = 20
_AT_ONCE = 1_000
_EPOCH = datetime(2016, 1, 1, tzinfo=UTC)


def _rare(number: int) -> str | None:
    """Return the rare word of an article, if it has one: the first 10,000 have them all."""
    place, rest = divmod(number, _RARE_EVERY)
    return RARE[place % len(RARE)] if rest == 0 and number < _RARE_AMONG else None


@dataclass(frozen=True)
class Made:
    """A text to be stored."""

    title: str
    text: str
    tags: tuple[str, ...] = ()
    theme: int = 0


class Writer:
    """Makes texts; the same seed makes the same ones."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)
        # The first level of GB 2312, which stands in the order of sound, in no order.
        chars = [
            bytes((high, low)).decode("gb2312")
            for high in range(0xB0, 0xD8)
            for low in range(0xA1, 0xFF)
            if not (high == 0xD7 and low > 0xF9)
        ]
        self._random.shuffle(chars)
        weights = list(accumulate(1 / (rank + 20) for rank in range(len(chars))))
        lengths = self._random.choices((1, 2, 3, 4), (6, 80, 9, 5), k=_WORDS)
        self._words = [
            "".join(self._random.choices(chars, cum_weights=weights, k=length))
            for length in lengths
        ]
        self._weights = list(accumulate(1 / (rank + _FLAT) for rank in range(_WORDS)))
        self._themes = [self._random.sample(range(_WORDS), _THEME_WORDS) for _n in range(_THEMES)]
        self._follower_weights = list(accumulate(1 / (rank + 1) for rank in range(_FOLLOWERS)))
        self._theme_weights = list(accumulate(1 / (rank + 2) for rank in range(_THEME_WORDS)))

    def begin_again(self, seed: int) -> None:
        """Go on with the same words in another order: the same for the same seed."""
        self._random.seed(seed)

    def words(self, count: int, theme: int, share: float = 0.33) -> list[str]:
        """Draw words: of the theme, of those that follow the last one, or any."""
        own = iter(
            self._random.choices(self._themes[theme], cum_weights=self._theme_weights, k=count)
        )
        ways = self._random.choices((0, 1, 2), (share, 0.57, 0.43 - share), k=count)
        anywhere = iter(self._random.choices(range(_WORDS), cum_weights=self._weights, k=count))
        ranks = iter(
            self._random.choices(range(_FOLLOWERS), cum_weights=self._follower_weights, k=count)
        )
        words, last = [], next(anywhere, 0)
        for way in ways:
            if way == 0:
                last = next(own)
            elif way == 1:
                last = self._follower(last, next(ranks))
            else:
                last = next(anywhere)
            words.append(self._words[last])
        return words

    def _follower(self, word: int, rank: int) -> int:
        """Return the word of a rank among those that follow one: always the same, and a frequent
        word more often than a rare one."""
        return self._at((word * 7919 + rank * 104729 + 12345) % _WORDS / _WORDS)

    @staticmethod
    def _at(place: float) -> int:
        return min(_WORDS - 1, int(_FLAT * (_WORDS / _FLAT) ** place) - _FLAT)

    def article(self, number: int, characters: int = 1500, theme: int | None = None) -> Made:
        theme = self._random.randrange(_THEMES) if theme is None else theme
        words = self.words(characters * 10 // 22, theme)
        if number % 2:
            words.insert(self._random.randrange(len(words)), HALF)
        if (word := _rare(number)) is not None:
            words.insert(self._random.randrange(len(words)), word)
        sentences = []
        at = 0
        while at < len(words):
            length = self._random.randint(6, 16)
            sentences.append("".join(words[at : at + length]))
            at += length
        paragraphs = ["，".join(sentences[i : i + 3]) + "。" for i in range(0, len(sentences), 3)]
        title = "".join(self.words(6, theme, 0.7))
        tags = (f"主题{theme}", self._words[self._themes[theme][number % 20]])
        return Made(title, "\n".join(paragraphs), tags, theme)

    def articles(self, count: int, start: int = 0) -> Iterator[Made]:
        return (self.article(number) for number in range(start, start + count))


def store(texts: Iterable[Made], *, is_indexed: bool = True) -> list[int]:
    """Store published articles in one category, five minutes after one another, and index them;
    return their numbers. About 10 ms an article; on PostgreSQL the index is made at the end."""
    numbers: list[int] = []
    texts = iter(texts)
    while some := list(islice(texts, _AT_ONCE)):
        numbers += _store(some)
    if is_indexed:
        index(numbers)
    return numbers


def _store(texts: list[Made]) -> list[int]:
    from django.db import transaction
    from taggit.models import Tag

    from articles.folding import fold
    from articles.models import Article, ArticleTag, Category, Contributor, Status

    contributor = Contributor.objects.get_or_create(
        folded_name="生成", defaults={"name": "生成", "slug": "generated"}
    )[0]
    category = Category.objects.get_or_create(slug="generated", defaults={"name": "生成"})[0]
    first = (Article.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    names = sorted({name for made in texts for name in made.tags})
    known = dict(Tag.objects.filter(name__in=names).values_list("name", "pk"))
    fresh = [
        Tag(name=n, slug=f"g{zlib.crc32(n.encode())}-{n}"[:100]) for n in names if n not in known
    ]
    with transaction.atomic():
        Tag.objects.bulk_create(fresh)
        known = dict(Tag.objects.filter(name__in=names).values_list("name", "pk"))
        rows = []
        for number, made in enumerate(texts, start=first):
            prose = "".join(f"<p>{_escaped(line)}</p>" for line in made.text.splitlines())
            rows.append(
                Article(
                    pk=number, title=made.title[:200], body=prose, prose=prose,
                    summary=made.text[:120], folded_title=fold(made.title)[:400],
                    characters=len(made.text), contributor=contributor, category=category,
                    status=Status.PUBLISHED, published_at=_EPOCH + timedelta(minutes=5 * number),
                    tag_names=list(made.tags),
                )
            )  # fmt: skip
        Article.objects.bulk_create(rows, 500)
        ArticleTag.objects.bulk_create(
            [
                ArticleTag(content_object_id=number, tag_id=known[name])
                for number, made in enumerate(texts, start=first)
                for name in dict.fromkeys(made.tags)
            ],
            5_000,
        )
    return [row.pk for row in rows]


def index(numbers: list[int]) -> None:
    """Index articles that are not indexed yet, in large transactions, and take the sample."""
    from django.db import connection, transaction

    from articles.models import SearchDocument
    from articles.search import indexing
    from articles.search.choice import engine
    from articles.search.statistics import take_sample

    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if is_postgresql:
            # One made over all rows is made in a tenth of the time.
            cursor.execute("DROP INDEX article_search_text")
            cursor.execute("SET maintenance_work_mem = '512MB'")
        for start in range(0, len(numbers), _AT_ONCE):
            with transaction.atomic():
                articles = indexing.articles(numbers[start : start + _AT_ONCE])
                documents = [indexing.document(indexing.reading(a)) for a in articles]
                SearchDocument.objects.bulk_create(documents, 200)
                for document in documents:
                    engine().replace(document.number, None, indexing.terms(document))
        if is_postgresql:
            cursor.execute("VACUUM articles_searchdocument")
            cursor.execute(
                "CREATE INDEX article_search_text ON articles_searchdocument"
                " USING gin (text_grams) WITH (fastupdate = off)"
            )
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('articles_article', 'id'), max(id))"
                " FROM articles_article"
            )
        cursor.execute("ANALYZE")
    take_sample(SearchDocument.objects.count())


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
