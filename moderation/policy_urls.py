"""What the site promises to those who complain and to those whose articles are complained of."""

from django.urls import path

from moderation.views import policies

app_name = "policies"

urlpatterns = [
    path("notice/", policies.notice, name="notice"),
    path("copyright/", policies.copyright_policy, name="copyright"),
    path("repeat/", policies.repeat, name="repeat"),
    path("privacy/", policies.privacy, name="privacy"),
]
