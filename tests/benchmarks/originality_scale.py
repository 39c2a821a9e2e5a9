"""What a check costs beside 10,000 and 1,000,000 stored texts.

    DATABASE_URL=sqlite:////somewhere/scale.sqlite3 python -m tests.benchmarks.originality_scale
    DATABASE_URL=postgres://…/originality python -m tests.benchmarks.originality_scale \\
        --sizes 10000,1000000

Fills a database of its own, which must be empty, with texts made of real ones: 80 fingerprints
each, most of them nobody else's. Of what the checked texts are looked up by, one half is in other
texts as well, by Zipf's law: the commonest in a fifth of all, the rarest in a few. Prints the time
of `check` for texts of 1,500 characters, warm, and the sizes of the tables. Leaves the database
behind: drop it.
"""

import argparse
import os
import statistics
import time

import django

_OWN, _SHARED = 78, 4
# Far more phrases are in use than the checked texts hold; most draws are of those.
_PHRASES = 500_000_000
_CHECKS = 60


def fill(size: int) -> None:
    """Put made texts into both tables until there are `size`."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM submissions_indexedtext")
        have = cursor.fetchone()[0]
    statements = _postgresql if connection.vendor == "postgresql" else _sqlite
    step = 250_000
    for low in range(have, size, step):
        with connection.cursor() as cursor:
            for statement in statements(low, min(size, low + step)):
                cursor.execute(statement)
        print(f"    filled {min(size, low + step):,}", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('submissions_indexedtext', 'id'), max(id))"
                " FROM submissions_indexedtext"
            )


def _texts(numbers: str, low: int, reals: str) -> str:
    return f"""
        INSERT INTO submissions_indexedtext
            (id, kind, object_id, title, compressed, digest, hashes, position, version, indexed_at)
        SELECT g.n, 'article', g.n + 1000000, r.title, r.compressed, r.digest, r.hashes, 0,
            r.version, r.indexed_at
        FROM {numbers} JOIN submissions_indexedtext r ON r.id = 1 + g.n % {reals}
        WHERE g.n > {low}"""


def _sqlite(low: int, high: int) -> list[str]:
    numbers = f"""(WITH RECURSIVE c(n) AS (SELECT {low + 1} UNION ALL
        SELECT n + 1 FROM c WHERE n < {high}) SELECT n FROM c) g"""
    own, shared = (_counted(count) for count in (_OWN, _SHARED))
    rank = f"CAST(exp(abs(random() % 1000000) / 1e6 * ln({_PHRASES})) AS integer)"
    return [
        f"""INSERT OR IGNORE INTO submissions_fingerprint SELECT h, n FROM (
            SELECT random() % 2147483648 AS h, g.n FROM {numbers}, {own}
            UNION ALL
            SELECT p.hash, s.n FROM (SELECT {rank} AS rank, g.n FROM {numbers}, {shared} LIMIT -1) s
            JOIN pool p ON p.rank = s.rank
        ) ORDER BY h, n""",
        _texts(numbers, low, "(SELECT count(*) FROM real)"),
    ]


def _counted(count: int) -> str:
    return "(SELECT value FROM json_each('[" + ",".join(["0"] * count) + "]'))"


def _postgresql(low: int, high: int) -> list[str]:
    numbers = f"generate_series({low + 1}, {high}) g(n)"
    rank = f"exp(random() * ln({_PHRASES}))::int"
    return [
        f"""INSERT INTO submissions_fingerprint SELECT h, n FROM (
            SELECT (random() * 4294967295 - 2147483648)::bigint::int AS h, g.n
            FROM {numbers}, generate_series(1, {_OWN})
            UNION
            SELECT p.hash, s.n FROM (
                SELECT {rank} AS rank, g.n FROM {numbers}, generate_series(1, {_SHARED})
            ) s JOIN pool p ON p.rank = s.rank
        ) made ORDER BY h, n ON CONFLICT DO NOTHING""",
        _texts(numbers, low, "(SELECT count(*) FROM real)"),
    ]


def prepare() -> list[str]:
    """Index the real texts, list their fingerprints by frequency, and return texts to check: half
    of them disguised copies, half unknown."""
    from django.db import connection

    from submissions import originality
    from tests.benchmarks import originality_corpus as corpus

    texts = [t for t in corpus.articles() if len(t.text) >= 1000]
    known, unknown = texts[::2], texts[1::2]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM submissions_indexedtext")
        is_empty = not cursor.fetchone()[0]
    if is_empty:
        for number, text in enumerate(known, start=1):
            originality.index_text("article", number, text.text[:1500], title=text.title)
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE pool (rank integer PRIMARY KEY, hash integer)")
            cursor.executemany(
                "INSERT INTO pool VALUES (%s, %s)", list(enumerate(_common(texts), start=1))
            )
            cursor.execute("CREATE TABLE real AS SELECT id FROM submissions_indexedtext")
    disguise = corpus.Disguises(3, unknown).synonyms(0.2)
    copies = [disguise(t.text[:1500]) for t in known[: _CHECKS // 2]]
    return copies + [t.text[:1500] for t in unknown[: _CHECKS // 2]]


def _common(texts: list) -> list[int]:
    """Return half of what the texts are looked up by, in no order."""
    from submissions.originality.fingerprints import sample_closely
    from submissions.originality.texts import read_folded

    looked_up = {
        found.hash for text in texts for found in sample_closely(read_folded(text.text[:1500]))
    }
    return sorted(value for value in looked_up if value % 2)


def measure(texts: list[str]) -> None:
    """Print the time of a check, warm: each text is checked once before."""
    from submissions import originality

    for text in texts:
        originality.check(text)
    wall, own = [], []
    for text in texts:
        began, cpu = time.perf_counter(), time.process_time()
        report = originality.check(text)
        wall.append((time.perf_counter() - began) * 1000)
        own.append((time.process_time() - cpu) * 1000)
        assert report.characters
    flagged = sum(bool(originality.check(text).flagged) for text in texts)
    for name, values in (("elapsed", wall), ("this process's CPU", own)):
        late = sorted(values)[len(values) * 95 // 100]
        print(f"    check, {name}: p50 {statistics.median(values):.1f} ms, p95 {late:.1f} ms")
    print(f"    flagged: {flagged} of {len(texts)} texts, {len(texts) // 2} of them copies")


def measure_look_up(texts: list[str]) -> None:
    """Print the time of the queries for candidates alone, and of adding a text."""
    from submissions import originality
    from submissions.originality import candidates
    from submissions.originality.index import fingerprint_index
    from submissions.originality.texts import read_folded

    folded = [read_folded(text) for text in texts]
    spent = []
    for text in folded:
        began = time.perf_counter()
        candidates.find(text, fingerprint_index(), ())
        spent.append((time.perf_counter() - began) * 1000)
    added = []
    for number, text in enumerate(texts[:20]):
        began = time.perf_counter()
        originality.index_text("submission", number, text + str(number))
        added.append((time.perf_counter() - began) * 1000)
        originality.forget("submission", number)
    print(f"    candidates: p50 {statistics.median(spent):.1f} ms;"
          f" adding a text: p50 {statistics.median(added):.1f} ms")  # fmt: skip


def sizes() -> None:
    from django.db import connection

    tables = ("submissions_fingerprint", "submissions_indexedtext")
    with connection.cursor() as cursor:
        for table in tables:
            if connection.vendor == "postgresql":
                cursor.execute("SELECT pg_total_relation_size(%s::regclass)", [table])
                print(f"    {table}: {cursor.fetchone()[0] / 1e6:,.0f} MB")
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA page_count")
            pages = cursor.fetchone()[0]
            cursor.execute("PRAGMA page_size")
            print(f"    whole database: {pages * cursor.fetchone()[0] / 1e6:,.0f} MB")
        cursor.execute("SELECT count(*) FROM submissions_fingerprint")
        print(f"    fingerprints: {cursor.fetchone()[0]:,}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,1000000")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    texts = prepare()
    for size in map(int, options.sizes.split(",")):
        print(f"  {size:,} texts", flush=True)
        fill(size)
        measure(texts)
        measure_look_up(texts)
        sizes()


if __name__ == "__main__":
    main()
