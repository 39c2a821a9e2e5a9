"""What choosing related articles costs beside 10,000 and 100,000 articles.

    DATABASE_URL=sqlite:////somewhere/scale.sqlite3 python -m tests.benchmarks.related_scale
    DATABASE_URL=postgres://…/related python -m tests.benchmarks.related_scale --sizes 10000,100000

Fills a database of its own, which must be empty or filled by search_scale, with made articles of
1,500 characters (tests.benchmarks.generated) and prints what one list takes by itself, as the
worker makes it, and what it takes when many are made one after another; and what an article and
those that learn of it take when it is published. Warm. Leaves the database behind: drop it.
"""

import argparse
import os
import random
from functools import partial
from itertools import islice

import django

_LISTS = 60
_PUBLISHED = 10


def measure() -> None:
    from articles.models import Article
    from articles.services.related import relate, store_related
    from articles.services.resembling import Library
    from tests.benchmarks.search_scale import Clock

    chance = random.Random(3)
    last = Article.objects.order_by("-pk").values_list("pk", flat=True)[0]
    numbers = [chance.randint(1, last) for _n in range(_LISTS + _PUBLISHED)]
    for number in numbers[:5]:
        store_related(number)
    clock = Clock()
    clock.show("one list", [partial(store_related, pk) for pk in numbers[5:_LISTS]])
    library = Library()
    clock.show(
        "lists one after another",
        [partial(store_related, pk, library) for pk in range(last - _LISTS, last)],
    )
    clock.show(
        "an article and those it belongs to",
        [partial(relate.func, pk) for pk in numbers[_LISTS:]],
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="10000,100000")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from articles.models import Article
    from tests.benchmarks import generated

    call_command("migrate", verbosity=0)
    for size in map(int, options.sizes.split(",")):
        have = Article.objects.count()
        # The same words in all: those that are there already are made once more, and left out.
        made = generated.Writer().articles(size)
        generated.store(islice(made, have, None))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        print(f"{connection.vendor}, {size:,} articles", flush=True)
        measure()


if __name__ == "__main__":
    main()
