"""``sarif``: SARIF 2.1.0, which GitHub code scanning, Azure and editors read.

Paths are relative to where the command ran (``%SRCROOT%``) and percent-encoded. A fingerprint of code, file, rule and
message, without the line, lets a platform follow a notice through edits above it.
"""

from __future__ import annotations

import hashlib
from json import dumps
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from qa_pipeline import __version__
from qa_pipeline.rules.report import Code, Level, Notice, Report

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "note"}


def write(report: Report) -> str:
    """A log with one run."""
    known = {code.code for code in report.codes}
    more = sorted({notice.code for notice in report.notices} - known)
    rules = [_rule(code) for code in report.codes] + [{"id": code} for code in more]
    numbers = {rule["id"]: number for number, rule in enumerate(rules)}
    driver = {"name": "qa-pipeline", "version": __version__, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "where the command ran"}}},
        "results": [_result(notice, numbers) for notice in report.notices],
    }
    return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def _rule(code: Code) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": code.code,
        "shortDescription": {"text": code.title},
        "defaultConfiguration": {"level": _LEVELS[code.level]},
    }
    return rule | ({"help": {"text": code.page}} if code.page else {})


def _result(notice: Notice, numbers: dict[str, int]) -> dict[str, Any]:
    said = [notice.message, *([f"→ {notice.fix}"] if notice.fix else []), *notice.details]
    result: dict[str, Any] = {
        "ruleId": notice.code,
        "ruleIndex": numbers[notice.code],
        "level": _LEVELS[notice.level],
        "message": {"text": "\n".join(said)},
        "partialFingerprints": {"qaPipelineNotice/v1": _fingerprint(notice)},
    }
    return result | ({"locations": [_location(notice)]} if notice.file else {})


def _location(notice: Notice) -> dict[str, Any]:
    path = PurePath(notice.file)
    artifact: dict[str, str] = (
        {"uri": path.as_uri()} if path.is_absolute() else {"uri": quote(path.as_posix()), "uriBaseId": "%SRCROOT%"}
    )
    place: dict[str, Any] = {"artifactLocation": artifact}
    if notice.line:
        place["region"] = {"startLine": notice.line, "startColumn": max(1, notice.column)}
    return {"physicalLocation": place}


def _fingerprint(notice: Notice) -> str:
    text = "\n".join((notice.code, notice.file, notice.rule_id, notice.message))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
