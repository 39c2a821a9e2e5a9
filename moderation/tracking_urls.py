"""What lies under a claimant's private link."""

from django.urls import path

from moderation.views import tracking

urlpatterns = [
    path("", tracking.case, name="case"),
    path("confirm/", tracking.confirm, name="case_confirm"),
    path("amend/", tracking.amend, name="case_amend"),
    path("withdraw/", tracking.withdraw, name="case_withdraw"),
    path("link/", tracking.link, name="case_link"),
    path("publish/", tracking.publish, name="case_publish"),
    path("files/<int:pk>/", tracking.file, name="case_file"),
    path("<int:item>/proof/", tracking.proof, name="case_proof"),
    path("<int:item>/appeal/", tracking.appeal, name="case_appeal"),
]
