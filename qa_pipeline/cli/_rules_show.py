"""What rule sets there are, and what one consists of, in a terminal and for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from qa_pipeline.rules.cases import as_shown
from qa_pipeline.rules.description import Description, RuleEntry
from qa_pipeline.rules.documentation import KINDS, SEVERITIES, points
from qa_pipeline.rules.wording import Words


def show_list(descriptions: Sequence[Description]) -> None:
    """Print one line for each set."""
    table = Table(box=None, pad_edge=False)
    for name in ("规则集 Rule set", "名称 Title", "版本 Version", "规则 Rules", "出处 Source"):
        table.add_column(name, justify="right" if name.startswith("规则 ") else "left", no_wrap=name.startswith("规则"))
    for each in descriptions:
        head = each.head
        row = (each.name, head.title, head.version, str(len(each.ruleset.rules)), head.source)
        table.add_row(*(Text(cell) for cell in row))
    Console(markup=False, highlight=False, emoji=False).print(table)


def list_json(description: Description) -> dict[str, Any]:
    """One line of the list as plain data."""
    head = description.head
    return {
        "name": description.name,
        "path": as_shown(description.path).as_posix(),
        "title": head.title,
        "version": head.version,
        "rules": len(description.ruleset.rules),
        "source": head.source,
    }


def show_set(description: Description) -> None:
    """Print the resolved set: files, rules, parameters, lexicons, and where each part is written."""
    console = Console(markup=False, highlight=False, emoji=False)
    for line in _set(description):
        console.print(line, soft_wrap=True)


def show_rule(entry: RuleEntry, description: Description) -> None:
    """Print one rule in words, with the place of each of its keys."""
    console = Console(markup=False, highlight=False, emoji=False)
    for line in _one_rule(entry, Words(description.names)):
        console.print(line, soft_wrap=True)


def _set(description: Description) -> Iterator[Text]:
    identity = description.ruleset.identity
    yield Text.assemble((identity.id, "bold"), f"  {description.ruleset.title}  {identity.version}")
    yield Text(f"sha256 {identity.sha256}", style="dim")
    yield _heading("文件 Files", len(description.files))
    for file in description.files:
        yield Text(f"  {file.head.ruleset} {file.head.version}  {as_shown(file.path)}")
    yield _heading("规则 Rules", len(description.ruleset.rules))
    for entry in description.rules:
        yield from _rule(entry)
    yield _heading("参数 Parameters", len(description.parameters))
    for parameter in description.parameters:
        presets = "".join(f"  {name}={preset.value}" for name, preset in parameter.file.presets.items())
        line = Text(f"  {parameter.name} = {parameter.file.value}")
        yield line.append(f"  {parameter.place}  {parameter.file.about}{presets}", style="dim")
    yield _heading("词表 Lexicons", len(description.lexicons))
    for lexicon in description.lexicons:
        places = ", ".join(map(str, lexicon.places))
        yield Text.assemble(f"  {lexicon.name} ({len(lexicon.phrases)})", (f"  {places}", "dim"))


def _heading(title: str, count: int) -> Text:
    return Text(f"{title} ({count})", style="bold")


def _rule(entry: RuleEntry) -> Iterator[Text]:
    spec = entry.spec
    line = Text(f"  {spec.id}", style="strike" if entry.disabled else "")
    line.append(f"  {spec.title}  {KINDS[spec.kind]}  {points(spec.score)}")
    yield line.append(f"  {entry.place}", style="dim")
    for change in entry.changes:
        yield Text(f"      {change.what}  {change.place}  {change.why}", style="yellow")


def _one_rule(entry: RuleEntry, words: Words) -> Iterator[Text]:
    spec = entry.spec
    yield Text.assemble((spec.id, "bold"), f"  {spec.title}  {entry.place}")
    yield Text(f"{KINDS[spec.kind]}  {points(spec.score)}  {SEVERITIES[spec.severity]}  {spec.indicator}")
    yield from (Text(line) for line in words.condition(entry.condition))
    for key, place in entry.parts.items():
        yield Text(f"  {key:<10} {place}", style="dim")
    for change in entry.changes:
        yield Text(f"  {change.what}  {change.place}  {change.why}", style="yellow")
    if entry.disabled:
        yield Text(f"停用 disabled: {entry.disabled}", style="red")


def set_json(description: Description) -> dict[str, Any]:
    """The resolved set as plain data."""
    identity = description.ruleset.identity
    return {
        **list_json(description),
        "ruleset": identity.id,
        "sha256": identity.sha256,
        "files": [{"ruleset": f.head.ruleset, "path": as_shown(f.path).as_posix()} for f in description.files],
        "rules": [rule_json(entry) for entry in description.rules],
        "parameters": [
            {"name": p.name, "place": str(p.place), **p.file.model_dump(mode="json", exclude={"preset"})}
            for p in description.parameters
        ],
        "lexicons": [
            {"name": x.name, "phrases": list(x.phrases), "places": [str(place) for place in x.places]}
            for x in description.lexicons
        ],
    }


def rule_json(entry: RuleEntry) -> dict[str, Any]:
    """One rule as plain data: what is written, and where."""
    written = entry.spec.model_dump(mode="json", exclude_none=True)
    written["unless"] = list(entry.excuses)
    return {
        **written,
        entry.spec.kind: entry.condition,
        "place": str(entry.place),
        "places": {key: str(place) for key, place in entry.parts.items()},
        "changes": [{"what": c.what, "why": c.why, "place": str(c.place)} for c in entry.changes],
        "disabled": entry.disabled,
    }
