import pytest

from articles.folding import fold, fold_with_offsets, grams


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("後來的乾麵", "后来的干面"),
        ("ＡＢＣ①", "abc1"),
        ("零\u200b宽\u00ad度", "零宽度"),
        ("标题：副题！", "标题 副题"),
        ("e\u0301té", "ete"[:1] + "té"),
        ("\ud800x", "x"),
        ("", ""),
    ],
)
def test_folds(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_folding_twice_changes_nothing() -> None:
    once = fold("後來，ＡＢＣ① 乾麵條!c++ Wi-Fi 6 ß ﬁ İ")
    assert fold(once) == once


def test_offsets_lead_back_to_the_text() -> None:
    text = "後 來，Ａ①ﬁ"
    folded, offsets = fold_with_offsets(text)
    assert folded == "后来a1fi"
    assert [text[i] for i in offsets] == ["後", "來", "Ａ", "①", "ﬁ", "ﬁ"]


def test_grams_are_pairs_of_han_and_whole_words() -> None:
    assert grams("老房子的Wi-Fi 6信号，好") == [
        "老房", "房子", "子的", "wi", "fi", "6", "信号", "好",
    ]  # fmt: skip
