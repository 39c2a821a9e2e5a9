"""公告."""

from django.urls import path

from moderation.views import notices

app_name = "notices"

urlpatterns = [
    path("", notices.notices, name="notices"),
    path("<int:pk>/", notices.notice, name="notice"),
]
