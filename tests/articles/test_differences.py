from articles.differences import (
    ADDED,
    CHANGED,
    REMOVED,
    SAME,
    Piece,
    Text,
    compare,
    extent,
    lines_of,
    pieces,
)


def text(body, title="题", **fields):
    return Text(title, body, fields)


def both(found):
    """Return the two strings that pieces were made of."""
    before = "".join(p.text for p in found if p.kind != ADDED)
    after = "".join(p.text for p in found if p.kind != REMOVED)
    return before, after


def test_words_that_changed():
    assert pieces("我花了一个周末画图", "我花了两个周末画图") == [
        Piece(SAME, "我花了"), Piece(REMOVED, "一"), Piece(ADDED, "两"), Piece(SAME, "个周末画图"),
    ]  # fmt: skip
    assert pieces("用Python 3.11", "用Python 3.12")[1:] == [
        Piece(REMOVED, "11"),
        Piece(ADDED, "12"),
    ]


def test_a_rewritten_sentence_is_shown_whole_and_not_in_shreds():
    found = pieces("没读完不换，实在读不下去就送走。", "过了五十页还不喜欢，放进书架吧。")
    assert len([p for p in found if p.kind == SAME]) <= 1
    assert both(found) == ("没读完不换，实在读不下去就送走。", "过了五十页还不喜欢，放进书架吧。")


def test_both_texts_can_be_read_from_the_pieces():
    old, new = "甲乙丙丁戊己庚辛" * 40, "甲丙丁X戊己庚Y" * 40
    assert both(pieces(old, new)) == (old, new)
    long_old, long_new = "一句话。" * 2000, "一句话。" * 1999 + "另一句。"
    assert both(pieces(long_old, long_new)) == (long_old, long_new)


def test_paragraphs_that_came_went_and_stayed():
    difference = compare(
        text("<p>第一段没有变。</p><p>第二段会被删掉的。</p><p>末段。</p>"),
        text("<p>第一段没有变。</p><h2>新的小标题</h2><p>末段。</p>"),
    )
    assert [(line.kind, line.tag) for line in difference.lines] == [
        (SAME, "p"), (ADDED, "h2"), (REMOVED, "p"), (SAME, "p"),
    ]  # fmt: skip


def test_unchanged_paragraphs_far_from_a_change_are_left_out():
    many = "".join(f"<p>第{n}段原来的话。</p>" for n in range(9))
    difference = compare(text(many), text(many.replace("第4段", "第四段")))
    assert [(line.kind, line.skipped) for line in difference.lines] == [
        (SAME, 3), (SAME, 0), (CHANGED, 0), (SAME, 0), (SAME, 3),
    ]  # fmt: skip
    assert not difference.is_empty


def test_the_same_text_differs_in_nothing():
    assert compare(text("<p>一</p>"), text("<p>一</p>")).is_empty


def test_fields_and_pictures_and_link_targets():
    difference = compare(
        text('<p><a href="https://a.example/">看</a></p>', tags=["甲"], origin="contributed"),
        text('<p><a href="https://b.example/">看</a></p>', tags=["乙"], origin="contributed"),
    )
    assert [(fact.name, fact.before, fact.after) for fact in difference.facts] == [
        ("tags", ["甲"], ["乙"])
    ]
    assert [line.kind for line in difference.lines] == [CHANGED]
    figure = '<figure><img src="/media/x.png" alt="碗"><figcaption>图注</figcaption></figure>'
    assert lines_of(figure) == [("img", "碗⟨/media/x.png⟩"), ("figcaption", "图注")]


def test_nested_blocks_are_told_once():
    body = "<blockquote><p>引文</p></blockquote><ul><li>一<ul><li>一点一</li></ul></li></ul>"
    assert lines_of(body) == [("p", "引文"), ("li", "一"), ("li", "一点一")]


def test_a_picture_is_the_same_by_its_address_and_can_be_shown():
    old = '<p>前</p><img src="/media/pictures/ab/abc1/a.webp" alt="一只碗"><p>后</p>'
    [_before, renamed, _after] = compare(text(old), text(old.replace("一只", "青"))).lines
    assert (renamed.kind, renamed.address) == (CHANGED, "/media/pictures/ab/abc1/a.webp")
    assert renamed.description == [Piece(REMOVED, "一只"), Piece(ADDED, "青"), Piece(SAME, "碗")]
    other = compare(text(old), text(old.replace("abc1", "abc2"))).lines
    assert [(line.kind, line.address) for line in other if line.tag == "img"] == [
        (ADDED, "/media/pictures/ab/abc2/a.webp"),
        (REMOVED, "/media/pictures/ab/abc1/a.webp"),
    ]
    assert all(line.address == "" for line in other if line.tag != "img")
    bare = compare(text(old), text(old.replace(' alt="一只碗"', "").replace("abc1", "abc2")))
    assert [line.description for line in bare.lines if line.kind == ADDED] == [[]]


def test_how_much_came_and_went():
    assert extent("<p>甲乙丙丁</p>", "<p>甲乙丙丁</p>") == (0, 0)
    assert extent("<p>甲乙丙丁</p><p>末</p>", "<p>甲XY丁</p><p>末</p>") == (2, 2)
    assert extent("", "<p>甲乙</p>") == (2, 0)
    assert extent("<p>甲，乙丙丁，戊</p>", "<p>甲、乙丙丁、戊</p>") == (2, 2)
    long = "一二三四五六七八九十" * 50
    assert extent(f"<p>甲{long}乙</p>", f"<p>丙{long}丁</p>") == (502, 502)
    assert extent("<p>甲乙</p><p>丙</p>", "<p>丙</p>") == (0, 2)
    assert extent("<p>啊啊</p>", "<p>啊啊啊</p>") == (1, 0)
    assert extent("<p>甲</p>", "<p><strong>甲</strong></p>") == (0, 0)
