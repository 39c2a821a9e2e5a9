"""The figures of `pages` as a table, as a plot, and of two sizes beside one another."""

from collections.abc import Iterator
from html import escape
from math import log10
from typing import Any

LIMIT = 1.3
SEARCH_MILLISECONDS = 5.0
_SEARCHES = ("rare search", "common search")
_SERVERS = {
    "hello": "bare Django",
    "static": "nginx, a file",
    "uncached": "uncached",
    "cached": "cached",
    "front": "behind nginx",
}
_ROW, _BAR, _NAMES = 18, 420, 230


def _rows(report: dict[str, Any]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Yield page, server, connections and what was measured."""
    for page, found in report["pages"].items():
        for server, by_connections in found["results"].items():
            for connections, result in by_connections.items():
                yield page, server, connections, result


def table(report: dict[str, Any]) -> str:
    """Return all figures as Markdown, and under what they were taken."""
    about = report["about"]
    lines = [
        (
            f"{about['articles']:,} articles, {about['database']}, Python {about['python']},"
            f" {about['processors']} × {about['processor']}; {about['date']};"
            f" {about['rounds']} rounds of {max(1, round(about['seconds']))} s,"
            f" {about['threads']} threads; load {about['load at the start']:.1f}"
            f" to {about.get('load at the end', 0):.1f}."
        ),
        "",
        "| Page | Server | Connections | Requests/s | p50 ms | p99 ms | Ratio | Queries | kB |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for page, server, connections, result in _rows(report):
        found = report["pages"][page]
        queries = found["queries"] if server == "uncached" and found["queries"] else ""
        size = f"{found['bytes'] / 1000:.1f}" if found["bytes"] else ""
        bad = f" ({result['failed']} failed)" if result["failed"] else ""
        lines.append(
            f"| {page} | {_SERVERS[server]} | {connections} | {result['rate']:,.0f}{bad}"
            f" | {result['p50']:.2f} | {result['p99']:.2f} | {result['ratio']:.3f}"
            f" | {queries} | {size} |"
        )
    if report["writes"]:
        lines += ["", "| Service | p50 ms | p99 ms | Queries |", "|---|--:|--:|--:|"]
        lines += [
            f"| {name} | {found['p50']:.1f} | {found['p99']:.1f} | {found['queries']} |"
            for name, found in report["writes"].items()
        ]
    lines += ["", "| Process | Memory (PSS), MB |", "|---|--:|"]
    lines += [f"| {name} | {used:.0f} |" for name, used in report["memory"].items()]
    return "\n".join(lines) + "\n"


def flatness(small: dict[str, Any], large: dict[str, Any]) -> str:
    """Return the p50 of two sizes and their ratio as Markdown: of pages without the cache, with
    the fewest connections that both have, and of services. Passes what is within the limit; a
    search also where it takes at most five milliseconds more."""
    one, other = (f"{report['about']['articles']:,}" for report in (small, large))
    lines = [f"| p50 ms | {one} | {other} | Ratio | Limit {LIMIT} |", "|---|--:|--:|--:|---|"]
    before, after = _medians(small), _medians(large)
    for name in before:
        if name not in after:
            continue
        ratio = after[name] / before[name] if before[name] else float("inf")
        is_near = name in _SEARCHES and after[name] - before[name] <= SEARCH_MILLISECONDS
        verdict = "yes" if ratio <= LIMIT or is_near else "**no**"
        lines.append(
            f"| {name} | {before[name]:.2f} | {after[name]:.2f} | {ratio:.2f} | {verdict} |"
        )
    return "\n".join(lines)


def _medians(report: dict[str, Any]) -> dict[str, float]:
    found: dict[str, float] = {}
    for page, measured in report["pages"].items():
        by_connections = measured["results"].get("uncached", {})
        if by_connections:
            fewest = min(by_connections, key=int)
            found[page] = by_connections[fewest]["p50"]
    return found | {name: result["p50"] for name, result in report["writes"].items()}


def plot(report: dict[str, Any]) -> str:
    """Return the rates at the middle number of connections as bars (SVG), on a scale of tens: the
    fastest are a thousand times the slowest."""
    all_connections = sorted({int(row[2]) for row in _rows(report)})
    shown = str(all_connections[len(all_connections) // 2])
    bars = [
        (f"{page}, {_SERVERS[server]}", result["rate"], server)
        for page, server, connections, result in _rows(report)
        if connections == shown
    ]
    height = _ROW * (len(bars) + 2)
    most = max((_digits(rate) for _name, rate, _server in bars), default=1.0)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}"'
            ' font-family="sans-serif" font-size="12">'
        ),
        (
            f'<text x="0" y="13">Requests/s at {shown} connections'
            f" ({report['about']['articles']:,} articles, {report['about']['database']};"
            " each line of the scale is ten times the last)</text>"
        ),
    ]
    for tens in range(1, int(most) + 1):
        x = _NAMES + _BAR * tens / most
        parts.append(f'<path d="M{x:.0f} {_ROW} V{height}" stroke="#ddd"/>')
    for place, (name, rate, server) in enumerate(bars, start=1):
        y, width = _ROW * place + 6, _BAR * _digits(rate) / most
        parts.append(
            f'<text x="0" y="{y + 11}">{escape(name)}</text>'
            f'<rect x="{_NAMES}" y="{y}" width="{width:.0f}" height="13" fill="{_FILL[server]}"/>'
            f'<text x="{_NAMES + width + 5:.0f}" y="{y + 11}">{rate:,.0f}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


_FILL = {
    "hello": "#888888",
    "static": "#888888",
    "uncached": "#2f6f9f",
    "cached": "#3a8f5c",
    "front": "#b8652a",
}


def _digits(rate: float) -> float:
    """Return the logarithm of a rate, at least a little."""
    return max(0.05, log10(max(1.0, rate)))
