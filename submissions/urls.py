from django.urls import path

from submissions.views import figures, mine, saving, terms, writing

app_name = "submissions"

urlpatterns = [
    path("submit/", writing.begin, name="begin"),
    path("submit/terms/", terms.terms, name="terms"),
    path("submit/picture/", saving.picture, name="picture"),
    path("submit/<int:pk>/", writing.write, name="write"),
    path("submit/<int:pk>/save/", saving.save, name="save"),
    path("submit/<int:pk>/proof/", saving.proof, name="proof"),
    path("submit/<int:pk>/delete/", writing.delete, name="delete"),
    path("me/", mine.mine, name="mine"),
    path("me/figures/", figures.figures, name="figures"),
    path("me/submissions/<int:pk>/", mine.status, name="status"),
    path("me/submissions/<int:pk>/withdraw/", mine.withdraw, name="withdraw"),
    path(
        "me/submissions/<int:pk>/withdraw-article/", mine.withdraw_article, name="withdraw_article"
    ),
    path("me/submissions/<int:pk>/again/", mine.again, name="again"),
    path("me/submissions/<int:pk>/change/", mine.change, name="change"),
    path("me/submissions/<int:pk>/receipt/", mine.receipt, name="receipt"),
]
