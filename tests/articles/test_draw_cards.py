from django.core.management import call_command

from articles.models import Article, ShareCard


def test_missing_cards_are_drawn_and_all_again_when_asked(article: Article) -> None:
    version = ShareCard.objects.get(article=article).version
    ShareCard.objects.all().delete()
    call_command("draw_cards", verbosity=0)
    first = ShareCard.objects.get(article=article)
    assert first.version == version
    call_command("draw_cards", verbosity=0)
    assert ShareCard.objects.get(article=article).drawn_at == first.drawn_at
    call_command("draw_cards", "--again", verbosity=0)
    assert ShareCard.objects.get(article=article).drawn_at > first.drawn_at
