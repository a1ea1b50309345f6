"""``qa-pipeline rules``: commands for whoever writes rule sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

Sets = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer reads the annotation at run time
    typer.Argument(metavar="[NAME|PATH]...", help="规则集名称、文件或文件夹。 Rule sets. (default: the shipped ones)"),
]
AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出。 Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the group to ``app``."""
    group = typer.Typer(no_args_is_help=True, help="规则集。 Rule sets.", rich_markup_mode=None)
    group.command()(schema)
    group.command()(test)
    group.command()(evaluate)
    app.add_typer(group, name="rules")


def schema() -> None:
    """打印规则集的 JSON Schema，供编辑器补全和提示。 Print the JSON Schema for editors."""
    import json

    from qa_pipeline.rules.json_schema import ruleset_schema

    typer.echo(json.dumps(ruleset_schema(), ensure_ascii=False, indent=2))


def test(sets: Sets = None, as_json: AsJson = False) -> None:
    """运行规则旁边的用例。 Run the cases beside the rules; exit 1 where one fails."""
    import json

    from qa_pipeline.cli._errors import reported
    from qa_pipeline.cli._rules_test import as_json as plain
    from qa_pipeline.cli._rules_test import show_reports
    from qa_pipeline.rules.testing import chosen_rule_sets, run_cases

    with reported():
        reports = [run_cases(path) for path in chosen_rule_sets(sets or [])]
        if as_json:
            typer.echo(json.dumps([plain(report) for report in reports], ensure_ascii=False, indent=2))
        else:
            show_reports(reports)
    if not all(report.passed for report in reports):
        raise typer.Exit(1)


def evaluate(
    labels: Annotated[
        Path, typer.Option("--labels", metavar="DIR", help="带 labels 的转写。 Labelled stored transcripts.")
    ],
    ruleset: Annotated[str, typer.Option("--ruleset", metavar="NAME|PATH", help="规则集。 Rule set.")] = "hotline",
    misses: Annotated[
        bool, typer.Option("--misses", help="列出每个漏报和误报。 List every miss and false alarm.")
    ] = False,
    rule: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--rule", metavar="ID", help="只列一条规则的漏报和误报。 List those of one rule only."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """用人工标注的通话衡量规则集。 Measure a rule set against labelled calls."""
    import json

    from qa_pipeline.cli._errors import reported
    from qa_pipeline.cli._rules_evaluate import as_json as plain
    from qa_pipeline.cli._rules_evaluate import show_evaluation
    from qa_pipeline.rules import load
    from qa_pipeline.rules.evaluation import evaluate as measure
    from qa_pipeline.rules.labels import read_labelled
    from qa_pipeline.transcribe.stored import read_stored

    with reported():
        calls, unlabelled = read_labelled(labels, read_stored)
        for name in unlabelled:
            typer.echo(f"- 跳过 skipped {name}: 没有 labels  no labels", err=True)
        evaluation = measure(calls, load(ruleset))
        if as_json:
            typer.echo(json.dumps(plain(evaluation, misses), ensure_ascii=False, indent=2))
        else:
            show_evaluation(evaluation, misses, rule)
