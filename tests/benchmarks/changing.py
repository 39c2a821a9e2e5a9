"""What it takes to send a text in, to publish one and to take one down, at the services."""

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

_CHARACTERS = 1500


def measure(count: int) -> dict[str, dict[str, float]]:
    """Return name → p50 and p99 (milliseconds) and queries, over so many of each, warm. What a
    worker does later is owed as rows, as on a site. Adds as many articles and submissions, and
    withholds as many articles; all that was added is taken from the public again."""
    from articles.services.publishing import publish, unpublish
    from articles.services.restrictions import lift

    people = People()
    drafts = [people.draft() for _n in range(count + 1)]
    sent = [people.written() for _n in range(count + 1)]
    found = {
        "submit": timed([_submitting(row, author) for row, author in sent]),
        "publish": timed([partial(publish, a, people.chief) for a in drafts]),
    }
    restrictions: list[Any] = []
    found["takedown"] = timed([_taking_down(a, people.chief, restrictions) for a in drafts])
    for restriction in restrictions:
        lift(restriction, people.chief)
    for article in drafts:
        unpublish(article, people.chief)
    return found


def timed(works: Sequence[Callable[[], object]]) -> dict[str, float]:
    """Return what pieces of work took, without the first, whose queries are counted."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        works[0]()
    walls = []
    for work in works[1:]:
        began = time.perf_counter()
        work()
        walls.append((time.perf_counter() - began) * 1000)
    walls.sort()
    return {
        "p50": round(statistics.median(walls), 2),
        "p99": round(walls[min(len(walls) - 1, len(walls) * 99 // 100)], 2),
        "queries": len(captured),
    }


class People:
    """Who does it, and the texts that they write: different ones in each run."""

    def __init__(self) -> None:
        from articles.models import Category, Contributor, User
        from tests.benchmarks.generated import Writer

        self.chief = User.objects.filter(email="chief@benchmark.example").first()
        if self.chief is None:
            self.chief = User.objects.create_superuser("chief@benchmark.example", name="Chief")
        self._run = f"{time.time_ns():x}"
        self._writer = Writer()
        self._writer.begin_again(time.time_ns())
        self._made = 0
        self.category = Category.objects.order_by("-pk")[0]
        self._byline = Contributor.objects.order_by("pk")[0]
        self._names = list(self._tags())

    @staticmethod
    def _tags() -> list[str]:
        from taggit.models import Tag

        return list(Tag.objects.order_by("pk").values_list("name", flat=True)[:40])

    def text(self) -> tuple[str, str, list[str]]:
        """Return title, body and tags of a text that nobody has written before."""
        self._made += 1
        made = self._writer.article(0, _CHARACTERS)
        body = "".join(f"<p>{line}</p>" for line in made.text.splitlines())
        start = self._made % max(1, len(self._names) - 4)
        return made.title[:100], body, self._names[start : start + 4]

    def draft(self) -> Any:
        from articles.services.publishing import create_article

        title, body, tags = self.text()
        return create_article(
            self.chief, title=title, body=body, category=self.category,
            contributor=self._byline, tags=tags,
        )  # fmt: skip

    def written(self) -> tuple[Any, Any]:
        """Return a draft of a contributor's, and the contributor."""
        from articles.models import User
        from submissions.services.drafting import begin, save_draft

        title, body, tags = self.text()
        author = User.objects.create_user(f"author-{self._run}-{self._made}@benchmark.example")
        row = begin(author)
        changes = {
            "title": title, "body": body, "category": self.category, "tag_names": tags,
            "ai_text": "none", "ai_images": "none",
        }  # fmt: skip
        return save_draft(row, author, changes, version=row.version), author


def _submitting(row: Any, author: Any) -> Callable[[], object]:
    from submissions.services.submitting import submit

    name = f"笔名{author.pk}"
    return partial(submit, row, author, version=row.version, byline=name, agreed=True)


def _taking_down(article: Any, by: Any, into: list[Any]) -> Callable[[], object]:
    from articles.models import Scope
    from articles.services.restrictions import restrict

    return lambda: into.append(restrict(article, by, Scope.WHOLE, reference="TS-benchmark"))
