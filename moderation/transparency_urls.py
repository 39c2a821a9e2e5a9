"""The figures of the procedure, by month."""

from django.urls import path

from moderation.views import transparency

app_name = "transparency"

urlpatterns = [
    path("", transparency.transparency, name="transparency"),
    path("head.json", transparency.head, name="head"),
    path("<int:year>-<int:month>.csv", transparency.as_csv, name="csv"),
    path("<int:year>-<int:month>.json", transparency.as_json, name="json"),
]
