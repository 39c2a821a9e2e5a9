"""The transparency report, for people and for machines."""

import csv
import io
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from moderation.models import MonthlyReport
from moderation.services.figures import GROUPS, TOTAL, count_month, suppress
from moderation.services.heads import sign_head
from moderation.views.transparency import harmless
from tests.moderation.making import under_review

pytestmark = pytest.mark.django_db


def report(year: int, month: int, **given: Any) -> MonthlyReport:
    figures = count_month(date(2020, 1, 1))
    for name, value in given.items():
        if isinstance(value, dict):
            figures[name] |= value
            figures[name][TOTAL] = sum(n for part, n in figures[name].items() if part != TOTAL)
        else:
            figures[name] = value
    return MonthlyReport.objects.create(
        month=date(year, month, 1), figures=suppress(figures), seq=7, published_at=timezone.now()
    )


def page(client: Client, query: str = "") -> str:
    response = client.get(f"/transparency/{query}")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_a_new_site_says_that_there_is_none_yet(client):
    said = page(client)
    assert "目前还没有报告" in said
    assert '<svg class="chart"' not in said
    assert "口径说明" in said


def test_figures_stand_in_numbers_charts_and_tables(client):
    report(2026, 9, received={"copyright": 40, "illegal": 10}, measures_by_kind={"copyright": 20})
    report(2026, 10, received={"copyright": 60}, measures_by_kind={"copyright": 30}, strikes=3)
    said = page(client)
    assert "2026年7月至12月" in said
    assert "<dd>110</dd>" in said
    assert "<dd>50</dd>" in said
    assert said.count('role="img"') == 2
    assert "9月 收到投诉 50; 9月 采取措施 20; 10月 收到投诉 60; 10月 采取措施 30" in said
    assert '<th scope="row">侵权记录</th><td class="num">0</td><td class="num">&lt;5</td>' in said
    assert '<td class="num">≥1</td>' in said
    assert "style=" not in said.split("<main")[1]


def test_an_earlier_period_can_be_asked_for(client):
    report(2026, 3, received={"copyright": 11})
    report(2026, 10, received={"copyright": 60})
    assert 'href="?period=2026-1"' in page(client)
    said = page(client, "?period=2026-1")
    assert "<dd>11</dd>" in said
    assert "2026年1月至6月" in said
    assert client.get("/transparency/?period=2025-1").status_code == 404
    assert client.get("/transparency/?period=x").status_code == 404


def test_a_sum_gives_no_small_number_away(client):
    report(2026, 9, received={"copyright": 3})
    report(2026, 10, received={"copyright": 60})
    assert "<dd>≥61</dd>" in page(client)


def test_decisions_kept_back_are_not_called_few(client):
    given = {"decisions": 7, "refused": {"licensed": 4}, "measures_by_kind": {"copyright": 3}}
    report(2026, 10, **given)
    said = page(client)
    assert '<th scope="row">首次作出决定的案件</th><td class="num">—</td>' in said


def test_json(client):
    report(2026, 10, received={"copyright": 60, "privacy": 2}, strikes=2)
    data = client.get("/transparency/2026-10.json").json()
    assert (data["month"], data["suppressed_below"]) == ("2026-10", 5)
    assert data["last_line_of_record"] == 7
    assert data["figures"]["received"]["total"] == 62
    assert data["figures"]["received"]["copyright"] is None
    assert data["figures"]["strikes"] is None


def test_csv(client):
    report(2026, 10, received={"copyright": 60}, strikes=2)
    response = client.get("/transparency/2026-10.csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "transparency-2026-10.csv" in response["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert {row["figure"] for row in rows} >= set(GROUPS)
    by_name = {(row["figure"], row["part"]): row["value"] for row in rows}
    assert by_name["received", "copyright"] == "60"
    assert by_name["strikes", ""] == ""


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(text):
    assert harmless(text) == f"'{text}"
    assert harmless("a" + text) == "a" + text


@pytest.mark.parametrize("address", ["2026-11.csv", "2026-13.json", "0-1.csv", "99999-1.json"])
def test_no_report_no_file(client, address):
    report(2026, 10)
    assert client.get(f"/transparency/{address}").status_code == 404


def test_the_latest_signed_head(client, article):
    assert client.get("/transparency/head.json").status_code == 404
    under_review(article)
    sign_head()
    assert client.get("/transparency/head.json").json()["seq"] > 0


def test_it_costs_as_little_with_many_months(client, django_assert_max_num_queries):
    for month in range(1, 13):
        report(2026, month, received={"copyright": month * 7})
    with django_assert_max_num_queries(4):
        page(client)
