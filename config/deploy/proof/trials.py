"""What must hold of the running site. This process takes the part of one more machine: it changes
things through the services, as the site's processes do, and asks what readers get."""

import io
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django

django.setup()

from django.core.cache import cache  # noqa: E402
from django.core.files.base import ContentFile  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django_tasks_db.models import DBTaskResult  # noqa: E402
from PIL import Image  # noqa: E402

from articles.models import Article, Contributor, Picture, Scope  # noqa: E402
from articles.services.pictures import add_picture  # noqa: E402
from articles.services.publishing import create_article, publish, revise  # noqa: E402
from articles.services.restrictions import lift, restrict  # noqa: E402
from articles.services.taxonomy import save_contributor  # noqa: E402
from config.deploy.proof.machines import (  # noqa: E402
    HOST,
    NGINX,
    WEB_A,
    WEB_B,
    Machines,
    ask,
    say,
    wait_for,
)


class Trials:
    """In this order: each leaves the site running for the next."""

    def __init__(self, machines: Machines, ports: list[int]) -> None:
        self.machines, self.ports = machines, ports
        self.nginx, self.webs = ports[NGINX], (ports[WEB_A], ports[WEB_B])
        self.byline = save_contributor(Contributor(name="纸上行舟", slug="carol"), None)

    def run(self) -> None:
        for port in self.webs:
            wait_for(lambda port=port: _answers(port), f"the web process on {port} answers", 40)  # type: ignore[misc]
        self.reads_from_both()
        self.publishes_at_once()
        self.serves_pages_from_files()
        self.takes_down_at_once()
        self.withholds_a_picture()
        self.reads_from_a_replica_that_is_never_behind()
        self.survives_an_empty_cache()
        self.survives_the_end_of_a_worker()
        self.survives_the_end_of_a_web_process()
        self.survives_the_end_of_the_replica()

    # --- What readers get --------------------------------------------------------------------
    def get(self, path: str, port: int | None = None, **headers: str) -> tuple[int, str]:
        status, body, _headers = ask(port or self.nginx, path, **headers)
        return status, body

    def everywhere(self, path: str) -> list[tuple[int, str]]:
        """Ask nginx and both web processes, as everybody and by an address that no cache keeps."""
        return [self.get(path + more, port) for more in ("", "?x=1")
                for port in (self.nginx, *self.webs)]  # fmt: skip

    def article(self, title: str, body: str = "<p>多数人一觉得慢就去买新设备。</p>") -> Article:
        return create_article(None, title=title, body=body, contributor=self.byline)

    def reads_from_both(self) -> None:
        shown = publish(self.article("两台网页进程都能读到的文章"), None)
        for status, body in self.everywhere(f"/p/{shown.pk}.html"):
            assert (status, shown.title in body) == (200, True)
        assert self.get("/healthz", Host="10.0.0.1")[0] == 200
        assert self.get("/", Host="other.example.org")[0] == 400
        status, _body, headers = ask(self.nginx, "/", **{"X-Forwarded-Proto": "http"})
        assert (status, headers.get("Location")) == (301, f"https://{HOST}/")
        static = next(Path(self.machines.folder, "srv/static/articles").rglob("*.css"))
        path = static.relative_to(self.machines.folder / "srv").as_posix()
        assert self.get(f"/{path}")[0] == 200
        say("a page through nginx and from both web processes; http led to https; static files")

    def publishes_at_once(self) -> None:
        home = self.everywhere("/")
        for number in range(20):
            shown = self.article(f"第{number}篇新文章")
            assert self.get(f"/p/{shown.pk}.html")[0] == 404
            publish(shown, None)
            for status, body in [*self.everywhere(f"/p/{shown.pk}.html"), *self.everywhere("/")]:
                assert (status, shown.title in body) == (200, True), shown.title
            revise(shown, None, {"title": f"第{number}篇改过的文章"})
            for status, body in self.everywhere(f"/p/{shown.pk}.html"):
                assert (status, "改过的" in body) == (200, True), "a change is seen at once"
        assert all(status == 200 for status, _ in home)
        say("20 articles published and changed by another process, seen everywhere at once")

    def serves_pages_from_files(self) -> None:
        """While no web process can answer, what is on disk is still served, and only that."""
        shown = publish(self.article("由 nginx 直接给出的页面"), None)
        path = f"/p/{shown.pk}.html"
        self.get(path)
        file = self.machines.folder / "data" / "pages" / HOST / path[1:]
        wait_for(file.exists, f"{file} is written")
        _status, _body, told = ask(self.webs[0], path)
        with self._stopped("web-a"), self._stopped("web-b"):
            status, body, headers = ask(self.nginx, path)
        assert (status, shown.title in body) == (200, True)
        for name in ("Content-Security-Policy", "Cache-Control", "Strict-Transport-Security"):
            ours, theirs = (sorted(h.get(name, "").split("; ")) for h in (headers, told))
            assert ours == theirs, name
        say("nginx serves a page's file by itself, with the site's headers")

    @contextmanager
    def _stopped(self, name: str) -> Iterator[None]:
        self.machines.kill(name, signal.SIGSTOP)
        try:
            yield
        finally:
            self.machines.kill(name, signal.SIGCONT)

    def takes_down_at_once(self, times: int = 50) -> None:
        shown = publish(self.article("要下架的文章"), None)
        path = f"/p/{shown.pk}.html"
        for number in range(times):
            assert {status for status, _ in self.everywhere(path)} == {200}
            measure = restrict(shown, None, Scope.WHOLE, reference=f"TS-2026-{number:06}")
            assert {status for status, _ in self.everywhere(path)} == {451}
            lift(measure, None)
        say(f"{times} takedowns, each 451 at once through nginx and from both web processes")

    def withholds_a_picture(self) -> None:
        picture = add_picture(None, _picture_file(400))
        shown = publish(self.article("有图", f'<p>图</p><img src="{picture.url}" alt="图">'), None)
        status, _body, headers = ask(self.nginx, picture.url)
        assert (status, headers["Content-Type"]) == (200, "image/jpeg")
        measure = restrict(shown, None, Scope.IMAGE, reference="TS-2026-900001", picture=picture)
        assert self.get(picture.url)[0] == 451
        lift(measure, None)
        assert self.get(picture.url)[0] == 200
        say("a withheld picture answers 451 at once, and comes back")

    # --- The replica -------------------------------------------------------------------------
    def reads_from_a_replica_that_is_never_behind(self) -> None:
        shown = publish(self.article("副本上的文章"), None)
        path = f"/p/{shown.pk}.html?x=2"
        wait_for(lambda: self._replica_serves(path), "the replica serves readers")
        self._on_replica("SELECT pg_wal_replay_pause()")
        try:
            revise(shown, None, {"title": "主库刚刚改过的标题"})
            for port in (self.nginx, *self.webs):
                assert "主库刚刚改过的标题" in self.get(path, port)[1], "the primary's truth"
            restrict(shown, None, Scope.WHOLE, reference="TS-2026-900002")
            for port in (self.nginx, *self.webs):
                assert self.get(path, port)[0] == 451
        finally:
            self._on_replica("SELECT pg_wal_replay_resume()")
        again = publish(self.article("追上之后"), None)
        wait_for(lambda: self._replica_serves(f"/p/{again.pk}.html?x=2"), "a replica is read again")
        say("readers are served by the replica; while its replay is paused, by the primary")

    def _replica_serves(self, path: str) -> bool:
        """Say whether asking for a page makes the replica read articles."""
        before = self._replica_reads()
        for port in self.webs:
            self.get(path, port)
        time.sleep(1.2)  # Its statistics are written after a second at the earliest.
        for port in self.webs:
            self.get("/healthz", port)
            self.get(path, port)
        return self._replica_reads() > before

    def _replica_reads(self) -> int:
        return int(self._on_replica(
            "SELECT coalesce(seq_scan, 0) + coalesce(idx_scan, 0) FROM pg_stat_user_tables "
            "WHERE relname = 'articles_article'"
        ))  # fmt: skip

    def _on_replica(self, statement: str) -> str:
        with connections["replica"].cursor() as cursor:
            cursor.execute(statement)
            return str(cursor.fetchone()[0])

    # --- What ends ---------------------------------------------------------------------------
    def survives_an_empty_cache(self) -> None:
        cache.clear()
        self.takes_down_at_once(10)
        say("Redis flushed: still right")

    def survives_the_end_of_a_worker(self) -> None:
        """Kill the worker that renders a picture; the periodic command notices, another goes on."""
        picture = add_picture(None, _picture_file(4000))
        rows = DBTaskResult.objects.filter(args_kwargs__args=[picture.pk])
        wait_for(lambda: rows.running().exists(), "a worker begins to render the picture")
        row = rows.running().get()
        pid = int(row.worker_ids[-1].split(":")[1])
        names = {self.machines.processes[name].pid: name for name in ("worker-a", "worker-b")}
        self.machines.kill(names[pid])
        assert DBTaskResult.objects.get(pk=row.pk).status == "RUNNING", "it ended half-way"
        call_command("periodic")
        wait_for(lambda: Picture.objects.get(pk=picture.pk).renditions, "it is rendered", 40)
        workers = DBTaskResult.objects.get(pk=row.pk).worker_ids
        assert len(set(workers)) == 2, workers
        say("a worker killed in the middle of a task: the other did it")

    def survives_the_end_of_a_web_process(self) -> None:
        shown = publish(self.article("一台网页进程没了"), None)
        self.machines.kill("web-a")
        for _number in range(20):
            status, body = self.get(f"/p/{shown.pk}.html?x=3")
            assert (status, shown.title in body) == (200, True)
        say("a web process killed: 20 of 20 requests answered")

    def survives_the_end_of_the_replica(self) -> None:
        shown = publish(self.article("副本没了"), None)
        self.machines.stop_cluster(1)
        for number in range(10):
            status, body = self.get(f"/p/{shown.pk}.html?x={number}")
            assert (status, shown.title in body) == (200, True)
        assert "The replica failed" in self.machines.log("web-b")
        say("the replica stopped: 10 of 10 requests answered from the primary, and it is logged")


def _answers(port: int) -> bool:
    try:
        return ask(port, "/healthz")[0] == 200
    except OSError:
        return False


def _picture_file(side: int) -> ContentFile[bytes]:
    """A picture with enough in it to be worth some seconds of work where it is large."""
    noise = Image.effect_noise((side // 4, side // 4), 80).resize((side, side * 3 // 4))
    buffer = io.BytesIO()
    noise.convert("RGB").save(buffer, "JPEG", quality=70)
    return ContentFile(buffer.getvalue(), name="noise.jpg")
