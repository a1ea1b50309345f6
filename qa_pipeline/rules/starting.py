"""``rules new``: a commented rule set with its cases, and the schemas by which an editor completes both."""

from __future__ import annotations

import json
import re
from pathlib import Path

from qa_pipeline.errors import RequestError
from qa_pipeline.rules.cases import FOLDER
from qa_pipeline.rules.json_schema import cases_schema, ruleset_schema
from qa_pipeline.rules.schema import ID_PATTERN

STARTER = Path(__file__).with_name("starter")


def start_rule_set(name: str, folder: Path) -> list[Path]:
    """Write the set ``name`` and its cases into ``folder``, and the schemas where there are none; what was written.

    Raises ``RequestError`` for a name that is no id, and where one of the files is there already.
    """
    if not re.fullmatch(ID_PATTERN, name):
        raise RequestError(
            f"编号用小写字母、数字和连字符 a name is lower-case letters, digits and hyphens (got {name!r})"
        )
    ours = {
        folder / f"{name}.yaml": _text("starter.yaml", name),
        folder / FOLDER / f"{name}.yaml": _text(f"{FOLDER}/starter.yaml", name),
    }
    there = [str(path) for path in ours if path.exists()]
    if there:
        raise RequestError(f"已经有了，不覆盖 already there, not overwritten: {', '.join(there)}")
    schemas = {"ruleset.schema.json": ruleset_schema, "cases.schema.json": cases_schema}
    written = dict(ours)
    for file, schema in schemas.items():
        if not (folder / file).exists():
            written[folder / file] = json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(written)


def _text(file: str, name: str) -> str:
    text = (STARTER / file).read_text(encoding="utf-8")
    return text.replace("ruleset: starter", f"ruleset: {name}").replace("FILE", f"{name}.yaml")
