"""Rule cases under plain pytest: ``pytest rulesets/`` runs every case of every rule set there, one test each.

pytest finds this by its entry point. A YAML file is a rule set where a line begins with ``ruleset:``; its tests are the
cases that bind it, those of included sets too. A case file named on the command line means the set that it lies beside.
A known gap (``todo``) is an expected failure. ``-p no:qa-pipeline`` switches it off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from _pytest._code.code import ExceptionInfo, TerminalRepr

    from qa_pipeline.rules.packs import Pack
    from qa_pipeline.rules.testing import CaseResult

_RULE_SET = re.compile(r"^ruleset:\s", re.MULTILINE)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> RuleSetTests | None:
    """A rule set as a file of tests; a case file only where it is asked for by name."""
    if file_path.suffix != ".yaml":
        return None
    named = parent.session.isinitpath(file_path) and file_path.parent.name == "cases"
    ruleset = file_path.parent.parent / file_path.name if named else file_path
    if not ruleset.is_file() or not _RULE_SET.search(_text(ruleset)):
        return None
    tests = RuleSetTests.from_parent(parent, path=file_path)
    tests.ruleset = ruleset
    return tests


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


class CaseFailedError(Exception):
    """A case is not as it says; the message is what ``rules test`` shows."""


class RuleSetTests(pytest.File):
    """One rule set."""

    ruleset: Path

    def collect(self) -> Iterable[CaseTest]:
        """Its cases. A fault of the set or of a case file is an error of collection, with its line."""
        from qa_pipeline.errors import QaPipelineError

        try:
            yield from self._tests()
        except QaPipelineError as error:
            raise self.CollectError(str(error)) from None

    def _tests(self) -> Iterator[CaseTest]:
        from qa_pipeline.rules.testing import run_cases

        report = run_cases(self.ruleset)
        for result in report.results:
            case = result.case
            name = f"{case.rule_id}:{case.expected}:{Path(case.file).name}:{case.line}"
            test = CaseTest.from_parent(self, name=name)
            test.result, test.pack = result, report.pack
            yield test


class CaseTest(pytest.Item):
    """One case. It was judged when it was collected, so that a set is loaded once."""

    result: CaseResult
    pack: Pack

    def runtest(self) -> None:
        """Fail where the case failed; a known gap is an expected failure."""
        from qa_pipeline.rules.testing import Status

        if self.result.status is Status.TODO:
            pytest.xfail(self.result.case.how.todo)
        if self.result.status is Status.FAILED:
            raise CaseFailedError(self.result.problem)

    def repr_failure(self, excinfo: ExceptionInfo[BaseException], style: Any = None) -> str | TerminalRepr:
        """The dialogue instead of a traceback."""
        from qa_pipeline.rules.case_report import failure_lines

        if not isinstance(excinfo.value, CaseFailedError):
            return super().repr_failure(excinfo, style)
        head = f"{self.result.case.place} {self.result.case.rule_id}: {excinfo.value}"
        return "\n".join([head, *failure_lines(self.result, self.pack)])

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the case is written."""
        return Path(self.result.case.file), self.result.case.line - 1, self.name
