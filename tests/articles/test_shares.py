"""The shares of common terms are those of a dictionary, in less room."""

import json

import pytest

from articles.search.shares import Shares

COUNTS = {"路由": 4000, "由器": 3, "wifi": 12, "ab": 7, "字": 1, "𠮷野": 9, "x": 2, "天气": 65_535}


def test_they_are_a_mapping() -> None:
    shares = Shares.of(COUNTS, 4000)
    assert dict(shares) == {term: count / 4000 for term, count in COUNTS.items()}
    assert len(shares) == len(COUNTS)
    assert shares.get("由路") is None
    assert "由路" not in shares
    assert "路由器" not in shares
    assert shares["字"] == 1 / 4000


def test_they_come_back_from_the_database() -> None:
    shares = Shares.of(COUNTS, 4000)
    kept = json.loads(json.dumps(shares.packed()))
    assert dict(Shares.unpacked(kept)) == dict(shares)


@pytest.mark.parametrize("kept", [{}, {"路由": 0.5}])
def test_what_is_in_another_form_says_nothing(kept: dict[str, float]) -> None:
    assert dict(Shares.unpacked(kept)) == {}


def test_nothing_is_common_in_an_empty_site() -> None:
    assert dict(Shares.of({}, 0)) == {}
    assert Shares.of({}, 0).get("路由") is None
