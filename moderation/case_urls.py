"""Cases that their claimants let be published."""

from django.urls import path

from moderation.views import public_case

app_name = "public_cases"

urlpatterns = [path("<str:number>/", public_case.public_case, name="case")]
