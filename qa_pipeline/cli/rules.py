"""``qa-pipeline rules``: commands for whoever writes rule sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from qa_pipeline.cli._formats import Formats
from qa_pipeline.cli._rules_diff import diff

Sets = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer reads the annotation at run time
    typer.Argument(metavar="[NAME|PATH]...", help="规则集名称、文件或文件夹。 Rule sets. (default: the shipped ones)"),
]
AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出。 Print JSON.")]
Pages = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="放页面的文件夹。 Folder of the pages.")]


def register(app: typer.Typer) -> None:
    """Add the group to ``app``."""
    group = typer.Typer(no_args_is_help=True, help="规则集。 Rule sets.", rich_markup_mode=None)
    for command in (new, check, test, diff, evaluate, list_sets, show, docs, schema):
        group.command("list" if command is list_sets else None)(command)
    app.add_typer(group, name="rules")


def schema(
    cases: Annotated[bool, typer.Option("--cases", help="用例文件的。 That of case files.")] = False,
) -> None:
    """打印规则集的 JSON Schema，供编辑器补全和提示。 Print the JSON Schema for editors."""
    import json

    from qa_pipeline.rules.json_schema import cases_schema, ruleset_schema

    typer.echo(json.dumps(cases_schema() if cases else ruleset_schema(), ensure_ascii=False, indent=2))


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="规则集编号。 Id of the set.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="放在哪里。 Folder.")] = Path(),
) -> None:
    """新建一个带用例和注释的规则集。 Write a commented rule set with cases to start from."""
    from qa_pipeline.cli._errors import reported
    from qa_pipeline.rules.starting import start_rule_set

    with reported():
        for path in start_rule_set(name, out):
            typer.echo(path)


def list_sets(sets: Sets = None, as_json: AsJson = False) -> None:
    """列出规则集。 List rule sets: name, title, version, rules, source."""
    import json

    from qa_pipeline.cli._errors import reported
    from qa_pipeline.cli._rules_show import list_json, show_list
    from qa_pipeline.rules.description import describe
    from qa_pipeline.rules.testing import chosen_rule_sets

    with reported():
        described = [describe(path) for path in chosen_rule_sets(sets or [])]
        if as_json:
            typer.echo(json.dumps([list_json(each) for each in described], ensure_ascii=False, indent=2))
        else:
            show_list(described)


def show(
    ruleset: Annotated[str, typer.Argument(metavar="NAME|PATH", help="规则集。 Rule set.")] = "hotline",
    rule: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--rule", metavar="ID", help="只看一条规则。 One rule only."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """显示合并后的规则集，每一部分写在哪个文件的哪一行。 Show the resolved set, and where each part is written."""
    import json

    from qa_pipeline.cli._errors import reported
    from qa_pipeline.cli._rules_show import rule_json, set_json, show_rule, show_set
    from qa_pipeline.rules.description import describe
    from qa_pipeline.rules.files import find_rule_set

    with reported():
        description = describe(find_rule_set(ruleset))
        entry = description.rule(rule) if rule else None
        if as_json:
            plain = rule_json(entry) if entry else set_json(description)
            typer.echo(json.dumps(plain, ensure_ascii=False, indent=2))
        elif entry:
            show_rule(entry, description)
        else:
            show_set(description)


def docs(
    sets: Sets = None,
    out: Pages = Path("docs/rulesets"),
    check: Annotated[
        bool, typer.Option("--check", help="只检查，有过时的就退出 1。 Write nothing; exit 1 where a page is stale.")
    ] = False,
) -> None:
    """从规则集生成说明页。 Write a page for each rule set."""
    from qa_pipeline.cli._errors import complain, reported
    from qa_pipeline.rules.documentation import pages, stale_pages, write_pages
    from qa_pipeline.rules.testing import chosen_rule_sets

    with reported():
        written = pages(chosen_rule_sets(sets or []), index=not sets)
        stale = stale_pages(written, out, whole=not sets) if check else write_pages(written, out)
    if not check:
        typer.echo(f"{len(written)} 页 pages，{len(stale)} 页有变化 changed: {out}")
    elif stale:
        complain(f"过时的页面 stale: {', '.join(stale)}\n运行 run: qa-pipeline rules docs --out {out}")
        raise typer.Exit(1)


def test(
    sets: Sets = None,
    *,
    as_json: AsJson = False,
    formats: Formats = None,
    fail_under: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            "--fail-under", metavar="[WHAT=]PERCENT", help="覆盖不到就退出 1。 WHAT: fires, silent, excuses, phrases."
        ),
    ] = None,
    uncovered: Annotated[
        bool, typer.Option("--uncovered", help="列出没有用例的规则、理由和短语。 List all that no case exercises.")
    ] = False,
    watch: Annotated[bool, typer.Option("--watch", help="文件一改就再跑。 Run again at every change.")] = False,
) -> None:
    """运行规则旁边的用例。 Run the cases beside the rules; exit 1 where one fails."""
    from qa_pipeline.cli._errors import reported
    from qa_pipeline.cli._formats import wanted_formats
    from qa_pipeline.cli._rules_test import folders_of, test_once
    from qa_pipeline.cli._watch import watch as again
    from qa_pipeline.rules.coverage import read_floors
    from qa_pipeline.rules.testing import chosen_rule_sets

    with reported():
        asked, floors = wanted_formats(formats), read_floors(fail_under or [])
        chosen = chosen_rule_sets(sets or [])

        def once() -> bool:
            return test_once(chosen, asked, floors, as_json=as_json, uncovered=uncovered)

        if watch:
            again(folders_of(chosen), once)
        passed = once()
    if not passed:
        raise typer.Exit(1)


def check(
    sets: Sets = None,
    strict: Annotated[bool, typer.Option("--strict", help="提醒也算不通过。 Warnings stop it too.")] = False,
    formats: Formats = None,
    explain: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--explain", metavar="CODE|all", help="一个代码的说明。 What a code means; all: every one."),
    ] = None,
) -> None:
    """检查规则集和用例写得对不对。 Check rule sets: exit 2 on a fault, 1 on an error (--strict: a warning)."""
    from qa_pipeline.cli._errors import reported
    from qa_pipeline.cli._formats import show_report, wanted_formats
    from qa_pipeline.cli._rules_check import exit_code, show_check
    from qa_pipeline.rules.check_pages import explain as page_of
    from qa_pipeline.rules.checking import check_rule_sets
    from qa_pipeline.rules.testing import chosen_rule_sets

    with reported():
        if explain:
            typer.echo(page_of(explain), nl=False)
            return
        asked = wanted_formats(formats)
        report = check_rule_sets(chosen_rule_sets(sets or []), strict)
        show_report(report, asked, lambda: show_check(report))
    raise typer.Exit(exit_code(report))


def evaluate(
    *,
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
    markdown: Annotated[
        bool, typer.Option("--markdown", help="以 Markdown 表格输出，供文档用。 Print Markdown tables.")
    ] = False,
) -> None:
    """用人工标注的通话衡量规则集。 Measure a rule set against labelled calls."""
    import json

    from qa_pipeline.cli._errors import reported
    from qa_pipeline.cli._rules_evaluate import as_json as plain
    from qa_pipeline.cli._rules_evaluate import as_markdown, show_evaluation
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
        elif markdown:
            typer.echo(as_markdown(evaluation))
        else:
            show_evaluation(evaluation, misses, rule)
