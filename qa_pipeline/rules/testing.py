"""Run the cases of a rule set: does each rule fire where it must, and stay silent where it must not?

A set is held to its own cases and to those of every set it includes, all judged by the resolved set: what an overlay
adds (a phrase, an excuse) must not break what the included cases say. What it replaces (a rule it overrides or
disables, a rule that hangs on a parameter it changes or on a lexicon it takes words from) is left to its own cases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from qa_pipeline.errors import Fault, RequestError, RuleSetError
from qa_pipeline.features import call_features
from qa_pipeline.records import Finding, Outcome, RuleOutcome, RuleSetIdentity, Utterance
from qa_pipeline.rules.cases import FOLDER, Case, Expected, as_shown, cases_beside, load_cases
from qa_pipeline.rules.dialogue import NAMES
from qa_pipeline.rules.files import File, find_rule_set, gather, shipped_names
from qa_pipeline.rules.judge import judge_only
from qa_pipeline.rules.loader import Rule, RuleSet, load
from qa_pipeline.rules.packs import Pack, RawRule, resolve
from qa_pipeline.rules.schema import LexiconChange


class Status(StrEnum):
    """How a case went; the last two are of cases with a ``todo``."""

    PASSED = "passed"
    FAILED = "failed"
    TODO = "todo"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case as it went. ``problem`` says in words what is not as the case wants it; empty where all is."""

    case: Case
    outcome: RuleOutcome
    problem: str

    @property
    def status(self) -> Status:
        """A known gap is no failure; one that passes is no longer a gap."""
        if self.case.how.todo:
            return Status.TODO if self.problem else Status.CLOSED
        return Status.FAILED if self.problem else Status.PASSED


@dataclass(frozen=True)
class SetReport:
    """How a rule set does on its cases. ``skipped`` are rules whose included cases do not bind it, and why."""

    ruleset: RuleSetIdentity
    path: Path
    results: tuple[CaseResult, ...]
    skipped: Mapping[str, str]
    rules: tuple[str, ...]
    pack: Pack = field(repr=False, compare=False)

    def with_status(self, status: Status) -> tuple[CaseResult, ...]:
        """The cases that went so, in the order they are written."""
        return tuple(result for result in self.results if result.status is status)

    @property
    def passed(self) -> bool:
        """Whether no case failed; known gaps are no failures."""
        return not self.with_status(Status.FAILED)

    @cached_property
    def never_fires(self) -> tuple[str, ...]:
        """The rules that no case makes fire, known gaps aside."""
        return self._without(Expected.FIRES)

    @cached_property
    def never_silent(self) -> tuple[str, ...]:
        """The rules that no case shows silent, known gaps aside."""
        return self._without(Expected.SILENT)

    def _without(self, expected: Expected) -> tuple[str, ...]:
        held = [r.case for r in self.results if r.status in (Status.PASSED, Status.CLOSED)]
        shown = {case.rule_id for case in held if case.expected is expected}
        return tuple(rule_id for rule_id in self.rules if rule_id not in shown)


def chosen_rule_sets(given: Sequence[str]) -> list[Path]:
    """The rule-set files that are named, each once; all shipped ones where none is. Raises as ``rule_sets_at``."""
    names = given or shipped_names()
    return list(dict.fromkeys(path for name in names for path in rule_sets_at(name)))


def rule_sets_at(given: str) -> list[Path]:
    """The rule-set files that ``given`` means: a shipped name, a file, its case file, or all sets in a folder.

    Raises ``RequestError`` where there is none.
    """
    path = Path(given)
    if path.is_dir():
        path = path.parent if path.name == FOLDER else path
        found = sorted(p for p in path.rglob("*.yaml") if FOLDER not in p.relative_to(path).parts)
        if not found:
            raise RequestError(f"{given}: 文件夹里没有规则集 no rule set (*.yaml) in this folder")
        return found
    if path.parent.name == FOLDER and path.is_file():
        beside = path.parent.parent / path.name
        if beside.is_file():
            return [beside]
    return [find_rule_set(given)]


def run_all_cases(rulesets: Sequence[Path]) -> tuple[SetReport, ...]:
    """``run_cases`` of several sets. Raises ``RuleSetError`` with the faults of all of them."""
    reports: list[SetReport] = []
    faults: list[Fault] = []
    for path in rulesets:
        try:
            reports.append(run_cases(path))
        except RuleSetError as error:
            faults.extend(fault for fault in error.faults if fault not in faults)
    if faults:
        raise RuleSetError(faults)
    return tuple(reports)


def run_cases(ruleset: Path) -> SetReport:
    """Run every case that binds the set. Raises ``RuleSetError`` for a set or a case file with a fault."""
    loaded = load(str(ruleset))
    files = gather(ruleset).files
    pack = resolve(files)
    rules = {rule.spec.id: rule for rule in loaded.rules}
    binding: list[Case] = []
    skipped: dict[str, str] = {}
    faults: list[Fault] = []
    for position, file in enumerate(files):
        replaced = {**_replaced(files[position + 1 :], pack), **loaded.disabled}
        for case in cases_of(file, pack, faults):
            if case.rule_id in replaced:
                skipped[case.rule_id] = replaced[case.rule_id]
            else:
                binding.append(case)
    if faults:
        raise RuleSetError(faults)
    results = tuple(run_case(case, rules[case.rule_id], loaded) for case in binding)
    return SetReport(loaded.identity, ruleset, results, skipped, tuple(rules), pack)


def run_case(case: Case, rule: Rule, ruleset: RuleSet) -> CaseResult:
    """What ``rule`` says of the dialogue, and what of it is not as the case wants it."""
    outcome = judge_only(call_features(case.transcript), ruleset, rule.spec.id)
    return CaseResult(case, outcome, _problem(case, rule, outcome))


def _problem(case: Case, rule: Rule, outcome: RuleOutcome) -> str:
    said = outcome.outcome
    match case.expected:
        case Expected.FIRES:
            return _fires(case, outcome) if said is _fired(rule) else "应该报，没有报 should fire, and does not"
        case Expected.SILENT:
            return _silent(case, rule, outcome)
        case Expected.NOT_APPLICABLE if said is not Outcome.NOT_APPLICABLE:
            return "应该不适用 should not apply"
        case Expected.CANNOT_TELL if said is not Outcome.CANNOT_TELL:
            return "应该无法判断 should not be tellable"
    return _excused(case, outcome)


def _fired(rule: Rule) -> Outcome:
    """The outcome by which a rule reports something."""
    return Outcome.PASS if rule.spec.kind == "reward" else Outcome.FAIL


def _fires(case: Case, outcome: RuleOutcome) -> str:
    if case.how.hits is not None and case.how.hits != outcome.n_hits:
        return f"应该有 {case.how.hits} 处，找到 {outcome.n_hits} 处 wants {case.how.hits} hits, found {outcome.n_hits}"
    marked = [finding.evidence.matched for finding in outcome.findings]
    lacking = [words for words in case.how.hit if not any(words in text for text in marked)]
    return f"应该标出 should mark {' / '.join(lacking)}" if lacking else ""


def _silent(case: Case, rule: Rule, outcome: RuleOutcome) -> str:
    said, spec = outcome.outcome, rule.spec
    if said is _fired(rule):
        return f"不该报，报了 {outcome.n_hits} 处 should be silent, and fires"
    if said is Outcome.CANNOT_TELL and not (spec.silent == "cannot_tell" and outcome.reason == spec.why_silent):
        return "应该没有可报的，却是无法判断 cannot tell; if that is right, write it under cannot_tell"
    if said is Outcome.NOT_APPLICABLE and not case.how.excuse:
        return "规则不适用，等于没有问 the rule was not asked; if that is right, write it under not_applicable"
    return _excused(case, outcome)


def _excused(case: Case, outcome: RuleOutcome) -> str:
    wanted = case.how.excuse
    if not wanted or f"（{wanted}）" in outcome.reason:
        return ""
    return f"应该因为 {wanted} 不报，理由不同 should be excused by {wanted}, and is not"


def marked_lines(result: CaseResult) -> Iterator[str]:
    """The dialogue as a person reads it: seconds, who, what; 【】 around what was found, ▲ for the rest."""
    waiting = list(result.outcome.findings)
    for utterance in result.case.transcript.utterances:
        text = utterance.text
        here = [finding for finding in waiting if _is_in(finding, utterance)]
        for finding in here:
            waiting.remove(finding)
            matched = finding.evidence.matched
            text = text.replace(matched, f"【{matched}】", 1) if matched else text
        yield f"{utterance.start:6.1f} {NAMES[utterance.role]}: {text}"
        yield from (f"       ▲ {finding.evidence.note}" for finding in here if finding.evidence.note)
    for finding in waiting:
        evidence = finding.evidence
        yield f"       ▲ {evidence.start:.1f}–{evidence.end:.1f} {evidence.matched} {evidence.note}".rstrip()


def _is_in(finding: Finding, utterance: Utterance) -> bool:
    evidence = finding.evidence
    beside = evidence.role in (utterance.role, None) and utterance.start <= evidence.start < utterance.end
    return beside and evidence.matched in utterance.text


def cases_of(file: File, pack: Pack, faults: list[Fault]) -> Iterator[Case]:
    """The cases beside one file; what is wrong with them goes to ``faults``."""
    path = cases_beside(file.path)
    if not path.is_file():
        return
    try:
        cases = load_cases(as_shown(path))
    except RuleSetError as error:
        faults.extend(error.faults)
        return
    for case in cases:
        if case.rule_id in pack.rules:
            yield case
            continue
        near = get_close_matches(case.rule_id, pack.rules, n=2)
        fix = f"是不是 did you mean: {' / '.join(near)}" if near else f"规则集 in: {file.head.ruleset}"
        faults.append(Fault(case.file, case.line, 1, f"没有规则 unknown rule {case.rule_id!r}", fix))


def _replaced(later: Sequence[File], pack: Pack) -> dict[str, str]:
    """The rules that ``later`` files change so that cases written before no longer bind, with the reason."""
    replaced: dict[str, str] = {}
    for head in (file.head for file in later):
        changed = set(head.parameters)
        changed |= {name for name, to in head.lexicons.items() if isinstance(to, LexiconChange) and to.remove}
        for rule_id, raw in pack.rules.items():
            hangs_on = changed & _names(raw, pack) if changed else set()
            if rule_id in head.override:
                replaced[rule_id] = f"{head.ruleset}: {head.override[rule_id].why}"
            elif hangs_on:
                replaced[rule_id] = f"{head.ruleset}: ${', $'.join(sorted(hangs_on))}"
    return replaced


def _names(raw: RawRule, pack: Pack) -> set[str]:
    """The lexicons and parameters that a rule names, and the lexicons that those name."""
    found: set[str] = set()
    waiting = list(_named_in([raw.data, *(part.value for part in (*raw.more, *raw.excuses))]))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_named_in([part.value for part in pack.lexicons.get(name, ())]))
    return found


def _named_in(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value.startswith("$"):
        yield value[1:]
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _named_in(item)
