"""A submission as its author reads it: the text with the editors' remarks, and their changes."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml import html as lxml_html

from articles.differences import Difference, compare
from articles.folding import fold_with_offsets
from articles.html import parse, picture_keys, serialise
from articles.models import Picture
from articles.prose import prepare
from articles.services.derive import picture_info
from submissions.models import Happening, Remark, Submission, SubmissionVersion
from submissions.services.differences import of_row, of_version


@dataclass
class Block:
    """A block of a text (safe HTML) and the remarks on passages that end in it."""

    html: str
    remarks: list[Remark] = field(default_factory=list)


def with_remarks(body: str, remarks: Iterable[Remark]) -> tuple[list[Block], list[Remark]]:
    """Return the blocks of a cleaned body as readers would see them, each with the remarks on its
    passages, and the remarks that are about the whole or whose passage is not there any more.

    One query where the text shows pictures.
    """
    keys = picture_keys(body)
    pictures = list(Picture.objects.filter(key__in=keys)) if keys else []
    prose = prepare(
        body,
        {picture.key: picture_info(picture) for picture in pictures},
        withheld_pictures={picture.key for picture in pictures if picture.is_withheld},
    )
    blocks: list[Block] = []
    folded, ends = "", []
    for element in list(parse(prose.html)) if prose.html else []:
        element.tail = None
        folded += fold_with_offsets(element.text_content())[0]
        ends.append(len(folded))
        holder = lxml_html.Element("div")
        holder.append(element)
        blocks.append(Block(serialise(holder)))
    general: list[Remark] = []
    for remark in remarks:
        needle = fold_with_offsets(remark.quote)[0]
        at = folded.find(needle) if needle else -1
        if at < 0:
            general.append(remark)
        else:
            last = at + len(needle)
            blocks[next(i for i, end in enumerate(ends) if end >= last)].remarks.append(remark)
    return blocks, general


def editors_changes(submission: Submission) -> Difference | None:
    """Return what editors changed in the text that was last sent; None where they changed
    nothing. Four queries at most."""
    if not submission.events.filter(happening=Happening.EDITED).exists():
        return None
    sent = last_sent(submission)
    if sent is None:
        return None
    difference = compare(of_version(sent), of_row(submission))
    return None if difference.is_empty else difference


def last_sent(submission: Submission) -> SubmissionVersion | None:
    """Return the version that was sent last. One query."""
    return submission.versions.order_by("-number").first()
