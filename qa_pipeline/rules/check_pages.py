"""docs/rule-checks.md: every code of ``rules check``, from the docstrings of the lints."""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.errors import RequestError
from qa_pipeline.rules.fault_codes import KINDS, OTHER
from qa_pipeline.rules.lints import Lint, lints
from qa_pipeline.rules.report import Level

LEVELS = {Level.ERROR: "错误 error", Level.WARNING: "提醒 warning", Level.NOTE: "参考 note"}

_HEAD = """\
<!-- Written by `qa-pipeline rules check --explain all`; a test holds it to the code. -->
# What `rules check` says 规则集检查

    qa-pipeline rules check                     # 全部自带的规则集 all shipped sets
    qa-pipeline rules check my-rules/           # 文件夹里的全部 all sets in a folder
    qa-pipeline rules check my-rules/ --strict  # 提醒也不放过 warnings stop it too
    qa-pipeline rules check --explain QA301     # 一个代码的说明 the page of one code

Each notice has a code, `file:line:column`, what is wrong and what to do. CI stops on anything but 0:

| exit | meaning |
|---|---|
| 0 | nothing that stops a change; warnings and notes may have been shown |
| 1 | an error; with `--strict` also a warning |
| 2 | a fault: a rule set or a case file that cannot be used (or the command cannot run) |

A notice is told in the file that has to change. Where two sets that say nothing wrong quarrel, it is told at the
`include` of the set that brings them together, so check a folder rather than one file.

`--format` writes text, json, junit, sarif, github (annotations) or markdown (a comment); `--format sarif=FILE` into a
file, and may be repeated.

## Switching a code off 豁免

With a reason, in the file that it concerns: for the whole file, for one thing in it (a phrase, a rule, a lexicon, an
indicator), or for one rule. Faults cannot be switched off. An ignore that hides nothing is told of (QA501).

```yaml
lint:
  ignore:
    QA204: 原话照录，长短都留 the standard's own words, long and short
    QA404: {greeting-formal: 站点的规则集会用 sites use it}

rules:
  - id: thanks-for-calling
    lint_ignore: {QA102: 没有相近而不该报的说法 there is no near miss}
```

## Faults 不能用

What the loader refuses: nothing is scored by such a set, and no warning of it is shown before it is mended.
"""


def explain(code: str) -> str:
    """The page of one code, or for ``all`` the whole of docs/rule-checks.md. Raises ``RequestError`` for no code."""
    if code == "all":
        return page()
    faults = {known: title for known, title, _ in KINDS} | dict([OTHER])
    if code in faults:
        return f"{code} {faults[code]}\n"
    found = next((lint for lint in lints() if lint.code == code), None)
    if found is None:
        raise RequestError(f"没有这个代码 unknown code {code!r}")
    return "\n".join(_section(found)).removeprefix("### ")


def page() -> str:
    """The whole page."""
    lines = [_HEAD, *_table([(code, title, Level.ERROR) for code, title, _ in KINDS] + [(*OTHER, Level.ERROR)]), ""]
    lines += ["## Lints 检查", "", *_table([(lint.code, lint.title, lint.level) for lint in lints()]), ""]
    for lint in lints():
        lines += _section(lint)
    return "\n".join(lines)


def _table(rows: list[tuple[str, str, Level]]) -> Iterator[str]:
    yield from ("| code | | |", "|---|---|---|")
    yield from (f"| {code} | {title} | {LEVELS[level]} |" for code, title, level in rows)


def _section(lint: Lint) -> Iterator[str]:
    title = f"**{lint.title}** ({LEVELS[lint.level]})"
    yield from (f"### {lint.code}", "", title, "", lint.page.replace("``", "`"), "")
