"""Two people's changes of one text, put together by paragraphs."""

from hypothesis import given
from hypothesis import strategies as st

from articles.html import clean
from articles.merging import blocks, merge, merged, same_text, shared


def body(*paragraphs):
    return "\n".join(f"<p>{text}</p>" for text in paragraphs)


BASE = ["承重墙多，信号少。", "先把每间屋子量一遍。", "再换个位置试试看。", "最后才添置设备。"]
words = st.text(alphabet="甲乙丙丁戊己庚辛", min_size=1, max_size=12)
texts = st.lists(words, max_size=8).map(lambda rows: body(*rows))


def changed(number, text):
    return body(*[text if n == number else row for n, row in enumerate(BASE)])


def settled(parts):
    assert not any(part.is_conflict for part in parts)
    return merged(parts, [])


def test_changes_of_different_paragraphs_go_together_even_beside_each_other():
    parts = merge(
        body(*BASE), changed(1, "先把每间屋子量三遍。"), changed(2, "再换两个位置试试看。")
    )
    assert settled(parts) == body(BASE[0], "先把每间屋子量三遍。", "再换两个位置试试看。", BASE[3])
    assert [part.by for part in parts] == ["", "mine", "theirs", ""]


def test_the_same_paragraph_changed_otherwise_is_a_conflict():
    mine, theirs = "先把每间屋子量三遍。", "先把每间屋子都量好。"
    parts = merge(body(*BASE), changed(1, mine), changed(1, theirs))
    (conflict,) = [part for part in parts if part.is_conflict]
    assert (conflict.base, conflict.mine, conflict.theirs) == (
        (f"<p>{BASE[1]}</p>",), (f"<p>{mine}</p>",), (f"<p>{theirs}</p>",)
    )  # fmt: skip
    for choice, rows in (("mine", [mine]), ("theirs", [theirs]), ("both", [theirs, mine])):
        assert merged(parts, [choice]) == body(BASE[0], *rows, *BASE[2:])


def test_only_the_paragraph_that_both_changed_is_a_conflict():
    mine = body(BASE[0], "先把每间屋子量三遍。", "再换个位置试一试。", BASE[3])
    parts = merge(body(*BASE), mine, changed(2, "再换两个位置看看。"))
    (conflict,) = [part for part in parts if part.is_conflict]
    assert conflict.base == (f"<p>{BASE[2]}</p>",)
    assert "<p>先把每间屋子量三遍。</p>" in merged(parts, ["theirs"])


def test_paragraphs_added_at_the_same_place_are_a_conflict_and_elsewhere_are_not():
    def added(at, text):
        return body(*BASE[:at], text, *BASE[at:])

    assert any(part.is_conflict for part in merge(body(*BASE), added(2, "甲"), added(2, "乙")))
    assert settled(merge(body(*BASE), added(2, "甲"), added(2, "甲"))) == added(2, "甲")
    both = settled(merge(body(*BASE), added(1, "甲"), added(4, "乙")))
    assert both == body(BASE[0], "甲", *BASE[1:], "乙")
    # Beside a paragraph that the other one changed, there is but one place for it.
    beside = settled(merge(body(*BASE), added(2, "甲"), changed(1, "先把每间屋子量三遍。")))
    assert beside == body(BASE[0], "先把每间屋子量三遍。", "甲", *BASE[2:])


def test_a_paragraph_taken_out_here_and_changed_there_is_a_conflict():
    mine = body(BASE[0], *BASE[2:])
    parts = merge(body(*BASE), mine, changed(1, "先把每间屋子量三遍。"))
    (conflict,) = [part for part in parts if part.is_conflict]
    assert conflict.mine == ()
    assert merged(parts, ["mine"]) == mine


def test_white_space_of_the_editor_is_no_change():
    stored = "<ul><li>卷尺</li><li>手机</li></ul><p>一行<br>两行</p>"
    edited = "<ul>\n\t<li>卷尺</li>\n\t<li>手机</li>\n</ul>\n\n<p>一行<br>\n两行</p>\n"
    assert same_text(stored, clean(edited))
    parts = merge(stored, clean(edited), stored.replace("手机", "钢尺"))
    assert [part.by for part in parts if part.by] == ["theirs"]


def test_line_breaks_of_code_are_a_change():
    assert not same_text("<pre><code>a\nb</code></pre>", "<pre><code>a b</code></pre>")


def test_a_text_written_anew_throughout_is_merged_in_bounded_time():
    base, mine = (body(*(f"{word}{n}" * 40 for n in range(120))) for word in ("甲乙", "丙丁"))
    assert settled(merge(base, mine, base)) == mine


def test_what_two_texts_share_stands_for_an_unknown_base():
    mine, theirs = body("甲", "同", "末"), body("同", "乙", "末")
    base = shared(mine, theirs)
    assert base == body("同", "末")
    assert settled(merge(base, mine, theirs)) == body("甲", "同", "乙", "末")


@given(texts, texts)
def test_with_nobody_elses_change_mine_stands(base, mine):
    assert settled(merge(base, mine, base)) == mine
    assert settled(merge(base, base, mine)) == mine


@given(texts, texts)
def test_identical_changes_merge(base, new):
    assert settled(merge(base, new, new)) == new


@given(texts, texts, texts)
def test_no_paragraph_is_lost(base, mine, theirs):
    parts = merge(base, mine, theirs)
    kept = {block for part in parts for block in (*(part.result or ()), *part.mine, *part.theirs)}
    result = set(blocks(merged(parts, ["both"] * sum(part.is_conflict for part in parts))))
    new = (set(blocks(mine)) | set(blocks(theirs))) - set(blocks(base))
    assert new <= kept
    assert new <= result


@given(texts, texts, texts)
def test_whose_change_is_called_mine_matters_to_nothing(base, mine, theirs):
    here, there = merge(base, mine, theirs), merge(base, theirs, mine)
    assert [part.result for part in here] == [part.result for part in there]
    conflicts = [part.is_conflict for part in here].count(True)
    assert merged(here, ["mine"] * conflicts) == merged(there, ["theirs"] * conflicts)


@given(texts, texts, texts)
def test_the_parts_cover_each_text_whole(base, mine, theirs):
    parts = merge(base, mine, theirs)
    for name, text in (("base", base), ("mine", mine), ("theirs", theirs)):
        assert [row for part in parts for row in getattr(part, name)] == blocks(text)
