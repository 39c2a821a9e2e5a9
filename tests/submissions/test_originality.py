"""Comparing texts: what is found, marked, masked, and left alone."""

import random
from itertools import pairwise

import pytest

from submissions.models import Fingerprint, IndexedText
from submissions.originality import Level, check, forget, index_text, text_and_quotations
from submissions.originality.alignment import Seeds
from submissions.originality.fingerprints import pack, sample, sample_closely, unpack
from submissions.originality.texts import quotations, read, read_folded, sourced

pytestmark = pytest.mark.django_db

_CHARACTERS = "".join(chr(code) for code in range(0x4E00, 0x4E00 + 1500))


def text(seed: int, length: int = 600) -> str:
    """A text like no other: every sentence of 20 characters that mean nothing."""
    rng = random.Random(seed)
    chars = [rng.choice(_CHARACTERS) for _ in range(length)]
    return "".join(c + ("。" if n % 20 == 19 else "") for n, c in enumerate(chars))


def sentences(seed: int, length: int = 600) -> list[str]:
    return [part + "。" for part in text(seed, length).split("。") if part]


def test_a_text_that_nobody_knows():
    index_text("article", 1, text(1))
    report = check(text(2))
    assert report.matches == []
    assert report.level is None
    assert report.share == 0
    assert report.characters == 600
    assert report.is_complete


def test_a_whole_copy_with_its_title_and_place():
    index_text("article", 7, text(1), title="老房子")
    report = check("前言。" + text(1))
    match = report.matches[0]
    assert (match.kind, match.object_id, match.title) == ("article", 7, "老房子")
    assert match.level == Level.PROBABLE_COPY
    assert match.is_flagged
    assert match.share > 0.99
    assert report.flagged == [match]
    passage = match.passages[0]
    assert passage.text == passage.other_text.rstrip("。") == text(1).rstrip("。")
    assert passage.start == 3
    assert passage.other_start == 0


def test_a_submission_and_an_article_of_one_number_are_two():
    index_text("article", 1, text(1))
    index_text("submission", 1, text(2))
    assert [(m.kind, m.object_id) for m in check(text(2)).matches] == [("submission", 1)]


def test_what_is_excluded_is_not_compared_with():
    index_text("article", 1, text(1))
    index_text("submission", 1, text(1))
    report = check(text(1), exclude=[("submission", 1)])
    assert [(m.kind, m.object_id) for m in report.matches] == [("article", 1)]
    assert check(text(1), exclude=[("submission", 1), ("article", 1)]).matches == []


@pytest.mark.parametrize(
    "disguise",
    [
        lambda s: "".join(reversed(s)),
        lambda s: "".join(s[:15]) + text(99, 300),
        lambda s: "".join(s).replace("。", "\u200b.\u2060 "),
        lambda s: "\u200b".join("".join(s)),
        lambda s: "".join(f"<p>{part}</p><!-- x -->" for part in s),
        lambda s: "".join(part + "扫码关注领取红包。" for part in s),
        lambda s: "".join(f"&#{ord(c)};" if n % 3 == 0 else c for n, c in enumerate("".join(s))),
    ],
    ids=["reordered", "replaced", "punctuation", "invisible", "markup", "advertised", "entities"],
)
def test_disguises(disguise):
    index_text("article", 1, text(1))
    report = check(disguise(sentences(1)))
    assert [m.object_id for m in report.flagged] == [1]
    assert report.level == Level.PROBABLE_COPY


def test_the_other_script_and_width():
    simplified = (
        "网络设备应该放在房间中间，这样信号才会均匀；弱电箱是铁的，ABC123型号的机器有十二种。"
    )
    traditional = (
        "網絡設備應該放在房間中間，這樣信號才會均勻；弱電箱是鐵的，ＡＢＣ１２３型號的機器有十二種。"
    )
    index_text("article", 1, simplified)
    match = check(traditional).matches[0]
    assert match.containment == 1
    assert match.passages[0].text.startswith("網絡")
    assert match.passages[0].other_text.startswith("网络")


def test_a_passage_inside_a_long_text_is_shown_and_not_flagged():
    index_text("article", 1, text(1))
    stolen = "".join(sentences(1)[5:10])
    report = check(text(2, 4000) + stolen + text(3, 4000))
    match = report.matches[0]
    assert match.level == Level.PASSAGES
    assert report.flagged == []
    assert stolen.rstrip("。") in match.passages[0].text + "。"
    assert match.share == pytest.approx(100 / 8100, abs=0.005)


def test_a_short_phrase_is_not_shown():
    index_text("article", 1, text(1))
    assert check(text(2, 3000) + text(1)[:30]).matches == []


def test_offsets_are_those_of_the_texts_as_given():
    index_text("article", 1, "\u200b开头。\n" + text(1))
    given = "<b>旁注</b>：\u2060" + text(1)
    match = check(given).matches[0]
    for passage in match.passages:
        assert given[passage.start : passage.end] == passage.text
        stored = "\u200b开头。\n" + text(1)
        assert stored[passage.other_start : passage.other_end] == passage.other_text


def test_two_sources_and_the_share_of_both():
    index_text("article", 1, text(1))
    index_text("article", 2, text(2))
    report = check(text(1)[:315] + text(2)[:315])
    assert {m.object_id for m in report.flagged} == {1, 2}
    assert report.share > 0.99
    assert all(0.45 < m.share < 0.55 for m in report.matches)


def test_quotations_are_marked_and_still_count():
    index_text("article", 1, text(1))
    quoted = "".join(sentences(1)[:6])
    match = check(text(2, 300) + "“" + quoted + "”" + text(3, 60)).matches[0]
    assert match.is_flagged
    assert match.passages[0].in_quotation
    assert match.quoted_share == 1
    unquoted = check(text(2, 300) + quoted + text(3, 60)).matches[0]
    assert not unquoted.passages[0].in_quotation


def test_block_quotations_of_html_are_marked():
    index_text("article", 1, text(1))
    quoted = "".join(sentences(1)[:6])
    body = f"<p>{text(2, 200)}</p><blockquote><p>{quoted}</p></blockquote><p>{text(3, 60)}</p>"
    plain, spans = text_and_quotations(body)
    assert [plain[start:end] for start, end in spans] == [quoted]
    assert check(plain, quoted=spans).matches[0].passages[0].in_quotation


def test_a_named_source_is_marked():
    index_text("article", 1, text(1))
    passage = "".join(sentences(1)[:6])
    given = f"{text(2, 300)}\n{passage}\n来源：拾页\n{text(3, 60)}"
    assert check(given).matches[0].passages[0].names_source
    assert not check(given.replace("来源：", "")).matches[0].passages[0].names_source


def test_quotation_marks():
    given = '甲说：“这是第一句话”，又说「第二句话」。\n> 第三句话\n"the fourth"'
    spans = [given[start:end] for start, end in quotations(given)]
    assert spans == ["“这是第一句话”", "「第二句话」", "> 第三句话", '"the fourth"']
    assert quotations("“没有结束" + "字" * 700 + "”") == []


def test_paragraphs_with_sources():
    given = "甲\n据新华社报道，乙\n丙\n丁\n来源：某报\n"
    assert [given[start:end].strip() for start, end in sourced(given)] == [
        "甲", "据新华社报道，乙", "丁", "来源：某报",
    ]  # fmt: skip


def test_boilerplate_of_many_texts_does_not_count():
    footer = text(50, 150)
    for number in range(1, 20):
        index_text("article", number, text(number + 100, 400) + footer)
    report = check(text(2, 300) + footer)
    assert report.flagged == []
    start, end = report.boilerplate[0]
    assert start >= len(text(2, 300))
    assert end - start > 100


def test_boilerplate_beside_a_copy():
    footer = text(50, 150)
    for number in range(1, 20):
        index_text("article", number, text(number + 100, 400) + footer)
    report = check(text(105, 400) + footer)
    assert [m.object_id for m in report.flagged] == [5]
    assert report.boilerplate


def test_a_text_that_everybody_copies_is_still_found():
    for number in range(1, 30):
        index_text("article", number, text(1))
    report = check(text(1))
    assert len(report.flagged) == 20
    assert report.boilerplate == []


def test_a_few_characters_match_nothing():
    index_text("article", 1, "今天天气很好。")
    assert check("今天天气很好。").flagged == []
    assert check("").matches == []
    assert check("\x00\ud800").matches == []


def test_endless_repetition_costs_no_more_than_other_text():
    index_text("article", 1, "哈" * 50_000)
    index_text("article", 2, "哈" * 13 + text(1))
    assert check("哈" * 50_000).characters == 50_000
    assert Seeds("哈" * 20_000).align("哈" * 20_000) == []


def test_unindexed_versions_are_told():
    index_text("article", 1, text(1))
    IndexedText.objects.update(version=0)
    assert not check(text(2)).is_complete


def test_index_text_is_idempotent():
    assert index_text("article", 1, text(1))
    before = set(Fingerprint.objects.values_list("hash", "doc"))
    assert not index_text("article", 1, text(1), title="新题")
    assert set(Fingerprint.objects.values_list("hash", "doc")) == before
    assert IndexedText.objects.get().title == "新题"


def test_index_text_replaces():
    index_text("article", 1, text(1))
    assert index_text("article", 1, text(2), position=2)
    assert check(text(1)).matches == []
    assert check(text(2)).flagged
    assert Fingerprint.objects.count() == len({s.hash for s in sample(read_folded(text(2)))})


def test_an_older_text_never_replaces_a_newer_one():
    index_text("article", 1, text(2), position=5)
    assert not index_text("article", 1, text(1), position=4)
    assert check(text(2)).flagged


def test_forget():
    index_text("article", 1, text(1))
    index_text("article", 2, text(1))
    assert forget("article", 1)
    assert not forget("article", 1)
    assert [m.object_id for m in check(text(1)).matches] == [2]
    assert not Fingerprint.objects.exclude(doc=IndexedText.objects.get().pk).exists()


def test_a_fingerprint_without_its_text_is_passed_over():
    index_text("article", 1, text(1))
    IndexedText.objects.all().delete()
    assert check(text(1)).matches == []


def test_samples():
    folded = read_folded(text(1))
    kept = sample(folded)
    assert 20 <= len(kept) <= 60
    assert set(kept) <= set(sample_closely(folded))
    gaps = [b.position - a.position for a, b in pairwise(kept)]
    assert max(gaps) <= 31
    assert {s.hash for s in sample("序言" + folded)} >= {s.hash for s in kept[1:]}
    hashes = [s.hash for s in kept]
    assert unpack(pack(hashes)) == hashes
    assert sample("") == sample("四个字啊") == []
    assert len(sample("五个字的诗")) == 1


def test_folding_with_and_without_offsets_agrees():
    given = "<p>網絡ＡＢＣ &amp; ﷺ\u200b ㍿ e\u0301</p>\r\n\u3000x"
    assert read(given).folded == read_folded(given)


def test_the_cost_in_queries_does_not_grow(django_assert_max_num_queries):
    for number in range(1, 40):
        index_text("article", number, text(number, 300))
    with django_assert_max_num_queries(5):
        check(text(1), exclude=[("submission", 1)])
