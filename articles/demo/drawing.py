"""Draws the demo's pictures, on all processors at once."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from io import BytesIO
from typing import Final

from articles.demo.covers import draw

SIZE: Final = (1680, 1120)
_MOST_PROCESSES: Final = 4
# From here on more processes are quicker, though each takes a moment to start.
_WORTH_IT: Final = 8


def draw_all(
    wanted: Sequence[tuple[str, int]], size: tuple[int, int] = SIZE
) -> Iterator[tuple[str, int, bytes]]:
    """Yield each wanted (motif, seed) with its picture as PNG, in their order.

    A tenth of a second each; what comes later is drawn while the caller works on the first.
    """
    processes = min(_MOST_PROCESSES, os.cpu_count() or 1)
    if processes == 1 or len(wanted) < _WORTH_IT:
        for motif, seed in wanted:
            yield motif, seed, _png(motif, seed, size)
        return
    # Spawned, not forked: a fork would share the database connection.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_follow_parent) as pool:
        drawn: list[Future[bytes]] = [pool.submit(_png, *picture, size) for picture in wanted]
        try:
            for (motif, seed), future in zip(wanted, drawn, strict=True):
                yield motif, seed, future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _png(motif: str, seed: int, size: tuple[int, int]) -> bytes:
    buffer = BytesIO()
    draw(motif, seed, size).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _follow_parent() -> None:
    """Leave Ctrl-C to the parent, and end with it even where it was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)
