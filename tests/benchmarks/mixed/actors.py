"""The people of the mixed load: each a thread with a session of its own."""

import argparse
import random
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import requests

from tests.benchmarks.running import AGENT

_PASSWORD = "a quiet harbour in 1931"
_ACCOUNTS = 400
# Without a solved riddle a contributor may send five texts a day.
_TEXTS_EACH = 4
_SIGN_IN_AGAIN = 20
_ERRORS_KEPT = 50


class Tally:
    """Counts answers by kind and remembers what was wrong."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._walls: dict[str, list[float]] = defaultdict(list)
        self.errors: list[str] = []
        self._wrong = 0

    def add(self, kind: str, wall: float) -> None:
        with self._lock:
            self._walls[kind].append(wall * 1000)

    def wrong(self, what: str) -> None:
        with self._lock:
            self._wrong += 1
            if len(self.errors) < _ERRORS_KEPT:
                self.errors.append(what)

    def count(self) -> int:
        with self._lock:
            return sum(map(len, self._walls.values()))

    def report(self) -> dict[str, Any]:
        kinds = {
            kind: {
                "requests": len(walls),
                "p50_ms": round(statistics.median(walls), 1),
                "p99_ms": round(sorted(walls)[len(walls) * 99 // 100], 1),
            }
            for kind, walls in sorted(self._walls.items())
        }
        return {"requests": kinds, "errors": self._wrong, "examples": self.errors}


class Person:
    """A browser: cookies, the token of forms, and where it comes from."""

    def __init__(self, address: str, tally: Tally) -> None:
        self._address, self._tally = address, tally
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": AGENT, "Origin": address})

    def ask(
        self, kind: str, path: str, expected: tuple[int, ...] = (200,), **options: Any
    ) -> requests.Response:
        """Send a request and hold its status against what is expected."""
        method = "POST" if "data" in options else "GET"
        began = time.perf_counter()
        answer = self._session.request(
            method, self._address + path, timeout=60, allow_redirects=False, **options
        )
        self._tally.add(kind, time.perf_counter() - began)
        if answer.status_code not in expected:
            self._tally.wrong(f"{kind} {path}: {answer.status_code} {_reason(answer)}")
        return answer

    def send(self, kind: str, path: str, data: dict[str, Any]) -> requests.Response:
        """Send a form, which leads to another page where it is in order."""
        token = self._session.cookies.get("csrftoken", "")
        headers = {"Referer": self._address + path, "Sec-Fetch-Site": "same-origin"}
        data = {"csrfmiddlewaretoken": token, **data}
        return self.ask(kind, path, (302,), data=data, headers=headers)

    def sign_in(self, email: str) -> None:
        self._session.cookies.clear()
        self.ask("sign in, form", "/accounts/login/")
        self.send("sign in", "/accounts/login/", {"login": email, "password": _PASSWORD})

    def like(self, number: int) -> None:
        headers = {"Sec-Fetch-Site": "same-origin", "Accept": "application/json",
                   "User-Agent": f"{AGENT}/{random.random()}"}  # fmt: skip
        self._session.cookies.clear()
        self.ask("like", f"/p/{number}/like/", data={}, headers=headers)

    def read(self, number: int) -> None:
        headers = {"Sec-Fetch-Site": "same-origin"}
        self.ask("read", f"/p/{number}/read/", (204,), data={}, headers=headers)


def _reason(answer: requests.Response) -> str:
    """Return what the page says is wrong, as far as it is easily found."""
    for mark in ('class="errorlist', 'class="problem', 'class="error', "errornote"):
        place = answer.text.find(mark)
        if place >= 0:
            return answer.text[place : place + 300].replace("\n", " ")
    return ""


class Actors:
    """Makes the people and what each does until it is told to stop."""

    def __init__(
        self, address: str, options: argparse.Namespace, tally: Tally, stop: threading.Event
    ) -> None:
        from tests.benchmarks.asking import pages
        from tests.benchmarks.changing import People

        self._address, self._options, self._tally, self._stop = address, options, tally, stop
        self._writing = threading.Lock()
        self._people = People()
        # The last page may go while articles are taken down; that 300 go from one list would not.
        self._pages = pages(50, 3, before_the_last=15)
        self._last = self._newest()
        # What an earlier run took down is withheld still. `_maybe`: also what is about to be.
        self._withheld = self._already_withheld()
        self._maybe = set(self._withheld)
        self._run = f"{time.time_ns():x}"
        self._accounts = iter(self._made_accounts())
        self._staff = {role: self._made_staff(role) for role in ("editor", "moderator")}

    def works(self) -> Iterator[Callable[[], None]]:
        kinds = (
            (self._options.readers, self._reader),
            (self._options.contributors, self._contributor),
            (self._options.editors, self._editor),
            (self._options.moderators, self._moderator),
        )
        for count, work in kinds:
            for place in range(count):
                yield partial(self._go_on, work, place)

    def _go_on(self, work: Callable[[Person, random.Random, int], float], place: int) -> None:
        """Do a person's steps until told to stop; an exception is an error like any other."""
        from django.db import connection

        person = Person(self._address, self._tally)
        chance = random.Random(place * 1000 + len(work.__name__))
        steps = 0
        while not self._stop.is_set():
            try:
                pause = work(person, chance, steps)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is counted.
                self._tally.wrong(f"{work.__name__}: {error!r}")
                pause = 1.0
            finally:
                connection.close()
            steps += 1
            self._stop.wait(pause * 2 * chance.random())

    # --- Readers --------------------------------------------------------------------------
    def _reader(self, person: Person, chance: random.Random, _step: int) -> float:
        kind = chance.choices(
            ("article", "home", "category", "deepest", "tag", "topic", "rare search",
             "common search", "feed", "API", "like", "read"),
            (50, 8, 8, 2, 6, 3, 3, 1, 3, 2, 4, 10),
        )[0]  # fmt: skip
        number = self._last - int(self._last ** chance.random()) + 1
        if kind in {"article", "like", "read"}:
            self._article(person, number, kind)
        else:
            person.ask(kind, chance.choice(self._pages[kind]))
        return float(self._options.pause)

    def _article(self, person: Person, number: int, kind: str) -> None:
        was_withheld = number in self._withheld
        answer = person.ask("article", f"/p/{number}.html", (200, 451))
        is_withheld = answer.status_code == 451
        if was_withheld and not is_withheld:
            self._tally.wrong(f"/p/{number}.html is withheld and answers {answer.status_code}")
        if is_withheld and number not in self._maybe:
            self._tally.wrong(f"/p/{number}.html is not withheld and answers 451")
        if not is_withheld and number not in self._maybe and kind != "article":
            (person.like if kind == "like" else person.read)(number)

    # --- Contributors ----------------------------------------------------------------------
    def _contributor(self, person: Person, chance: random.Random, step: int) -> float:
        from submissions.models import Submission
        from tests.submissions.writing import form_of

        if step % _TEXTS_EACH == 0:
            with self._writing:
                email = next(self._accounts)
            person.sign_in(email)
        person.ask("contribute", "/submit/")
        began = person.send("begin a draft", "/submit/", {})
        path = began.headers.get("Location", "")
        person.ask("write", path)
        row = Submission.objects.get(pk=int(path.strip("/").rpartition("/")[2]))
        with self._writing:
            title, body, tags = self._people.text()
        plain = body.replace("<p>", "").replace("</p>", "\n\n")
        byline = f"笔名{self._run[-6:]}-{row.pk}"
        data = form_of(
            row, title=title, body=plain, tag_line="、".join(tags), byline=byline,
            category=self._people.category.pk,
        )  # fmt: skip
        person.send("submit", path, data)
        person.ask("my submissions", "/me/")
        return 4.0

    # --- Editors -----------------------------------------------------------------------------
    def _editor(self, person: Person, chance: random.Random, step: int) -> float:
        from articles.models import Article
        from tests.articles import desk as untyped

        desk: Any = untyped
        if step % _SIGN_IN_AGAIN == 0:
            person.sign_in(self._staff["editor"])
        person.ask("the desk's list", desk.CHANGELIST)
        if step % 2:
            with self._writing:
                article = self._people.draft()
            kind, more = "publish", {"_publish": "1"}
        else:
            number = self._last - int(self._last ** chance.random()) + 1
            if number in self._maybe:
                return 0.5
            article = Article.objects.get(pk=number)
            kind, more = "revise", {"title": f"{article.title[:80]}{step}"}
        person.ask("an article's form", desk.change_url(article))
        with self._writing:
            # Nobody else revises it between its form and its saving.
            data = desk.form_of(Article.objects.get(pk=article.pk)) | more
            data = {name: value for name, value in data.items() if value is not None}
            person.send(kind, desk.change_url(article), data)
        person.ask("article", f"/p/{article.pk}.html", (200, 451))
        if kind == "publish" and Article.objects.get(pk=article.pk).status != "published":
            self._tally.wrong(f"{article.pk} was not published")
        return 3.0

    # --- Moderators ------------------------------------------------------------------------
    def _moderator(self, person: Person, chance: random.Random, step: int) -> float:
        path = "/admin/articles/restriction/add/"
        if step % _SIGN_IN_AGAIN == 0:
            person.sign_in(self._staff["moderator"])
        number = self._last - int(self._last ** chance.random()) + 1
        if number in self._maybe:
            return 0.5
        person.ask("article", f"/p/{number}.html")
        person.ask("withhold, form", path)
        self._maybe.add(number)
        data = {
            "article": number, "scope": "whole", "http_status": 451, "passage": "", "picture": "",
            "reference": f"TS-{self._run}-{step}",
        }  # fmt: skip
        answer = person.send("withhold", path, data)
        if answer.status_code == 302:
            self._withheld.add(number)
            Person(self._address, self._tally).ask("withheld", f"/p/{number}.html", (451,))
        return 3.0

    # --- Accounts ----------------------------------------------------------------------------
    @staticmethod
    def _newest() -> int:
        """Return the number up to which `fill` has made articles: all of them are public, but for
        those that are withheld."""
        from tests.benchmarks.bulk import remember

        return int((remember("plan") or "0").split()[0])

    @staticmethod
    def _already_withheld() -> set[int]:
        from articles.models import Restriction, Scope

        laid = Restriction.objects.active().filter(scope=Scope.WHOLE)
        return set(laid.values_list("article_id", flat=True))

    def _account(self, email: str, password: str, **fields: Any) -> Any:
        from allauth.account.models import EmailAddress

        from articles.models import User

        user = User.objects.create(email=email, password=password, **fields)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        return user

    def _made_accounts(self) -> list[str]:
        from django.contrib.auth.hashers import make_password
        from django.db import transaction

        emails = [f"m{self._run}-{n}@benchmark.example" for n in range(_ACCOUNTS)]
        password = make_password(_PASSWORD)
        with transaction.atomic():
            for email in emails:
                self._account(email, password)
        return emails

    def _made_staff(self, role: str) -> str:
        from django.contrib.auth.hashers import make_password
        from django.contrib.auth.models import Group

        email = f"{role}-{self._run}@benchmark.example"
        user = self._account(email, make_password(_PASSWORD), is_staff=True, name=role)
        user.groups.add(Group.objects.get(name=role))
        return email
