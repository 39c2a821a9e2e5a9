from django.contrib import admin
from django.urls import include, path

from articles.api.interface import api

# What readers ask for most is looked for first; no address of one app means something in another.
urlpatterns = [
    path("", include("articles.urls")),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("report/", include("moderation.urls")),
    path("notices/", include("moderation.notice_urls")),
    path("policy/", include("moderation.policy_urls")),
    path("transparency/", include("moderation.transparency_urls")),
    path("cases/", include("moderation.case_urls")),
    path("me/cases/", include("moderation.account_urls")),
    path("me/", include("submissions.account_urls")),
    path("", include("submissions.urls")),
    path("api/v1/", api.urls),
]

handler400 = "articles.views.errors.bad_request"
handler403 = "articles.views.errors.permission_denied"
handler404 = "articles.views.errors.page_not_found"
handler500 = "articles.views.errors.server_error"
