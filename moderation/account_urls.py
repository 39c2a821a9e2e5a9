"""What lies under /me/cases/."""

from django.urls import path

from moderation.views import mine

app_name = "cases"

urlpatterns = [
    path("", mine.cases, name="cases"),
    path("<slug:number>/", mine.case, name="case"),
    path("<slug:number>/files/<int:pk>/", mine.file, name="file"),
    path("<slug:number>/<int:item>/text/", mine.text, name="text"),
    path("<slug:number>/<int:item>/answer/", mine.answer, name="answer"),
    path("<slug:number>/<int:item>/counter/", mine.counter, name="counter"),
    path("<slug:number>/<int:item>/appeal/", mine.appeal, name="appeal"),
    path("<slug:number>/<int:item>/change/", mine.change, name="change"),
]
