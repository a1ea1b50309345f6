"""``qa-pipeline rules``: commands for whoever writes rule sets."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the group to ``app``."""
    group = typer.Typer(no_args_is_help=True, help="规则集。 Rule sets.", rich_markup_mode=None)
    group.command()(schema)
    app.add_typer(group, name="rules")


def schema() -> None:
    """打印规则集的 JSON Schema，供编辑器补全和提示。 Print the JSON Schema for editors."""
    import json

    from qa_pipeline.rules.json_schema import ruleset_schema

    typer.echo(json.dumps(ruleset_schema(), ensure_ascii=False, indent=2))
