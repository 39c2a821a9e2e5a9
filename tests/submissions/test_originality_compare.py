"""Two given texts, compared without any of them being known here."""

from submissions.originality import Level, compare
from submissions.services.findings import side_by_side

TEXT = (
    "我家是九十年代的砖混房，三室一厅，承重墙多。\n多数人一觉得慢就去买新设备，结果哪里也没快。\n"
    "弱电箱是最差的位置，四面都是铁皮和水泥。"
)


def test_a_single_sentence_is_found_wherever_it_stands():
    other = "开头不一样的话。多数人一觉得慢，就去买新设备；结果哪里也没快！结尾也不一样的话。"
    match = compare(TEXT, other)
    (passage,) = match.passages
    assert passage.text == TEXT[passage.start : passage.end]
    assert passage.other_text == other[passage.other_start : passage.other_end]
    assert passage.text.startswith("多数人一觉得慢")
    assert passage.other_text.endswith("结果哪里也没快")
    assert 0.2 < match.share < 0.6
    assert (match.kind, match.object_id) == ("", 0)


def test_the_same_text_is_a_copy_and_another_is_nothing():
    assert compare(TEXT, TEXT).level == Level.PROBABLE_COPY
    assert compare(TEXT, TEXT).share == 1
    nothing = compare(TEXT, "今天去菜市场买了两斤青菜，回来做了一锅汤。")
    assert (nothing.passages, nothing.share, nothing.level) == ([], 0, Level.PASSAGES)


def test_empty_texts_share_nothing():
    for one, other in ((TEXT, ""), ("", TEXT), ("", "")):
        assert compare(one, other).passages == []


def test_quotations_are_marked():
    text = "他说“多数人一觉得慢就去买新设备，结果哪里也没快”，我同意。"
    (passage,) = compare(text, TEXT).passages
    assert passage.in_quotation


def test_nothing_is_asked_of_the_database():
    # No database mark: a query would fail.
    assert compare(TEXT, TEXT).passages


def test_passages_are_set_side_by_side():
    from dataclasses import asdict

    other = "多数人一觉得慢就去换新设备，结果哪里也没快。"
    (passage,) = compare(TEXT, other).passages
    pair = side_by_side(TEXT, other, asdict(passage))
    assert (False, "买") in pair.ours.pieces
    assert (False, "换") in pair.theirs.pieces
    assert pair.ours.before
