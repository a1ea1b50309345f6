"""What ``rules check`` warns of: one file for each code. The docstring of a file is its page in docs/rule-checks.md.

The first line of it is ``CODE`` and the title; ``LEVEL`` says how grave it is; ``check(subject)`` yields what it finds.
To add one, add a file here. Codes are a public interface: rule sets switch them off by code, so none is ever used for
something else.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from qa_pipeline.rules.report import Level
from qa_pipeline.rules.subject import Found, Subject

_HEAD = re.compile(r"``(?P<code>QA[1-5]\d\d)`` (?P<title>.+)\n\n(?P<page>(?s:.+))")


@dataclass(frozen=True, slots=True)
class Lint:
    """One lint: its code, its title and page (Markdown), how grave it is, and what it does."""

    name: str
    code: str
    title: str
    page: str
    level: Level
    check: Callable[[Subject], Iterator[Found]]


@cache
def lints() -> tuple[Lint, ...]:
    """All lints, by code."""
    names = (path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))
    return tuple(sorted(map(_lint, names), key=lambda lint: lint.code))


def _lint(name: str) -> Lint:
    module = import_module(f"{__name__}.{name}")
    head = _HEAD.fullmatch(inspect.cleandoc(module.__doc__ or ""))
    if head is None:
        raise ValueError(f"{module.__file__}: the docstring begins with ``QA###`` and a title, then the page")
    return Lint(name, head["code"], head["title"].rstrip("."), head["page"], module.LEVEL, module.check)
