"""``rules check``: the faults of rule sets and their cases, and what the lints have to say of them.

Faults are what the loader refuses. Lints look only at sets without one, each at what its own file says; two sets that
quarrel are told of in the set that includes both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from qa_pipeline.errors import Fault, RuleSetError
from qa_pipeline.rules.cases import Case, as_shown
from qa_pipeline.rules.fault_codes import KINDS, OTHER, code_of
from qa_pipeline.rules.files import gather
from qa_pipeline.rules.lints import Lint, lints
from qa_pipeline.rules.loader import load
from qa_pipeline.rules.packs import resolve
from qa_pipeline.rules.report import Code, Item, Level, Notice, Report, Status
from qa_pipeline.rules.source import Source, Where, read_source
from qa_pipeline.rules.subject import Found, Ignore, Subject
from qa_pipeline.rules.testing import cases_of

PAGE = "docs/rule-checks.md"
STALE = "QA501"
"""Asked last: what the other lints left over."""


def check_rule_sets(paths: Sequence[Path], strict: bool = False) -> Report:
    """Everything there is to say of the sets at ``paths``. Passed: no fault, no error, with ``strict`` no warning."""
    faults: list[Fault] = []
    subjects = _subjects(paths, faults)
    notices = [_of_fault(fault) for fault in dict.fromkeys(faults)]
    for subject in subjects:
        notices += (_notice(lint, found) for lint, found in look(subject))
    notices.sort(key=lambda notice: (notice.file, notice.line, notice.column, notice.code))
    return _report(notices, len(set(faults)), paths, [i for s in subjects for i in s.ignores], strict)


def look(subject: Subject) -> Iterator[tuple[Lint, Found]]:
    """What each lint finds and no ``ignore`` hides, by code."""
    for lint in sorted(lints(), key=lambda lint: lint.code == STALE):
        for found in lint.check(subject):
            hiding = [ignore for ignore in subject.ignores if ignore.covers(lint.code, found)]
            for ignore in hiding:
                ignore.hidden += 1
            if not hiding:
                yield lint, found


def _subjects(paths: Iterable[Path], faults: list[Fault]) -> list[Subject]:
    """The sets that can be used, as subjects; the faults of the others and of case files go to ``faults``."""
    read = []
    for path in paths:
        try:
            read.append((path, load(str(path))))
        except RuleSetError as error:
            faults.extend(error.faults)
    packs = [(loaded, files := gather(path).files, resolve(files)) for path, loaded in read]
    cases: dict[str, list[Case]] = {}
    for _, files, pack in packs:
        for file in files:
            for case in cases_of(file, pack, faults):
                cases.setdefault(case.rule_id, []).append(case)
    users = {file.path: file.source for _, files, _ in packs for file in files}
    for folder in {path.resolve().parent for path, _ in read}:
        users.update(_readable(beside for beside in sorted(folder.glob("*.yaml")) if beside not in users))
    subjects = []
    for loaded, files, pack in packs:
        ours = [case for rule_id in pack.rules for case in cases.get(rule_id, ())]
        ignores = tuple(_ignores(files[-1].source))
        subjects.append(Subject(files, pack, loaded, ours, list(users.values()), ignores))
    return subjects


def _readable(paths: Iterable[Path]) -> Iterator[tuple[Path, Source]]:
    """Files as text; one that cannot be read says nothing here."""
    for path in paths:
        try:
            yield path, read_source(path)
        except RuleSetError:
            continue


def _ignores(source: Source) -> Iterator[Ignore]:
    """What a sound file switches off: ``lint: ignore``, and ``lint_ignore`` of its rules."""
    for code, reason in ((source.data.get("lint") or {}).get("ignore") or {}).items():
        where: Where = ("lint", "ignore", code)
        if isinstance(reason, dict):
            yield from (Ignore(code, why, source, (*where, about), about=about) for about, why in reason.items())
        else:
            yield Ignore(code, reason, source, where)
    for index, rule in enumerate(source.data.get("rules") or []):
        for code, reason in (rule.get("lint_ignore") or {}).items():
            yield Ignore(code, reason, source, ("rules", index, "lint_ignore", code), rule_id=rule["id"])


def _of_fault(fault: Fault) -> Notice:
    file = _shown(fault.path)
    return Notice(code_of(fault), Level.ERROR, file, fault.line, fault.column, fault.message, fault.fix)


def _notice(lint: Lint, found: Found) -> Notice:
    line, column = found.place
    file = _shown(found.source.path)
    return Notice(lint.code, lint.level, file, line, column, found.message, found.fix, found.rule_id, found.details)


def _shown(path: str) -> str:
    return as_shown(Path(path).resolve()).as_posix()


def _report(
    notices: Sequence[Notice], faults: int, paths: Sequence[Path], ignores: Sequence[Ignore], strict: bool
) -> Report:
    counts = {level.value: sum(notice.level is level for notice in notices) for level in Level}
    passed = not counts["error"] and not (strict and counts["warning"])
    hidden = sum(ignore.hidden for ignore in ignores)
    summary = (
        f"{len(paths)} 个规则集 rule sets：{faults} 处不能用 faults，{counts['error'] - faults} 处错误 errors，"
        f"{counts['warning']} 处提醒 warnings，{counts['note']} 处参考 notes，豁免 ignored {hidden}"
    )
    return Report(
        command="rules check",
        title="规则集检查 Rule set check",
        passed=passed,
        summary=(summary, *([f"每个代码的说明 what each code means: {PAGE}"] if notices else [])),
        notices=tuple(notices),
        items=tuple(_items(paths, notices, strict)),
        codes=codes(),
        data={"faults": faults, "counts": counts, "ignored": [_ignored(i) for i in ignores if i.hidden]},
    )


def _items(paths: Sequence[Path], notices: Sequence[Notice], strict: bool) -> Iterator[Item]:
    """A set passes where nothing that stops CI was found in its file."""
    stopping = {Level.ERROR, Level.WARNING} if strict else {Level.ERROR}
    for path in paths:
        file = _shown(str(path))
        worst = next((n for n in notices if n.file == file and n.level in stopping), None)
        status = Status.FAILED if worst else Status.PASSED
        yield Item("rules check", file, status, file, worst.line if worst else 0, worst)


def _ignored(ignore: Ignore) -> dict[str, object]:
    file, line = _shown(ignore.source.path), ignore.source.places.get(ignore.where, (0, 0))[0]
    where = {"file": file, "line": line, "about": ignore.rule_id or ignore.about}
    return {"code": ignore.code, **where, "reason": ignore.reason, "hidden": ignore.hidden}


def codes() -> tuple[Code, ...]:
    """Every code that ``rules check`` may use, with its page."""
    kinds = [(code, title) for code, title, _ in KINDS] + [OTHER]
    faults = [Code(code, title, Level.ERROR, PAGE) for code, title in kinds]
    return (*faults, *(Code(lint.code, lint.title, lint.level, f"{PAGE}#{lint.code.lower()}") for lint in lints()))
