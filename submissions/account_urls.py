"""What lies under /me/ besides one's submissions."""

from django.urls import path

from submissions.views import account

app_name = "me"

urlpatterns = [
    path("notices/", account.notices, name="notices"),
    path("notices/read/", account.read_notices, name="read_notices"),
    path("settings/", account.settings, name="settings"),
    path("unsubscribe/<str:token>/", account.unsubscribe, name="unsubscribe"),
    path("data/", account.data, name="data"),
    path("close/", account.close, name="close"),
]
