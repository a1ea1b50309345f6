"""``junit``: the XML that GitLab, Jenkins and Azure show as a list of tests, good ones too.

What the run has to say beside its items (a notice that belongs to none) becomes a test of its own: failed where it is
an error, skipped where it is not, so that no page shows green what the command stopped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from xml.etree import ElementTree as Xml

from qa_pipeline.rules.formats.text import notice_lines
from qa_pipeline.rules.report import Item, Level, Notice, Report, Status

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(report: Report) -> str:
    """A ``testsuites`` document: a suite for each group of items."""
    items = [*report.items, *_left_over(report)]
    root = Xml.Element("testsuites", {"name": _clean(report.title), **_counts(items)})
    for group, members in groupby(sorted(items, key=lambda item: item.group), key=lambda item: item.group):
        ours = list(members)
        suite = Xml.SubElement(root, "testsuite", {"name": _clean(group), **_counts(ours)})
        for item in ours:
            _case(item, suite)
    Xml.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(root, encoding="unicode")


def _left_over(report: Report) -> Iterator[Item]:
    """The notices that no item carries, as items."""
    carried = {id(item.notice) for item in report.items}
    for notice in report.notices:
        if id(notice) not in carried:
            status = Status.FAILED if notice.level is Level.ERROR else Status.SKIPPED
            name = " ".join(filter(None, (notice.code, notice.rule_id, notice.place)))
            yield Item(notice.file or report.command, name, status, notice.file, notice.line, notice)


def _counts(items: Iterable[Item]) -> dict[str, str]:
    statuses = [item.status for item in items]
    failed, skipped = statuses.count(Status.FAILED), statuses.count(Status.SKIPPED)
    return {"tests": str(len(statuses)), "failures": str(failed), "errors": "0", "skipped": str(skipped)}


def _case(item: Item, suite: Xml.Element) -> None:
    case = Xml.SubElement(suite, "testcase", classname=_clean(item.group), name=_clean(item.name))
    if item.file:
        case.attrib.update(file=item.file, line=str(item.line))
    if item.status is Status.PASSED:
        return
    message = _clean(item.notice.message if item.notice else "")
    if item.status is Status.SKIPPED:
        Xml.SubElement(case, "skipped", message=message)
        return
    failure = Xml.SubElement(case, "failure", message=message, type=item.notice.code if item.notice else "failed")
    failure.text = _clean(_shown(item.notice)) if item.notice else ""


def _shown(notice: Notice) -> str:
    return "\n".join(notice_lines(notice))


def _clean(text: str) -> str:
    """Without the control characters that XML 1.0 cannot hold."""
    return _NOT_XML.sub("�", text)
