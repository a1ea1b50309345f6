"""Where the data that travels with the package lies: rule sets, word lists, the demo model.

In a checkout ``rulesets/`` stands at the top level, where people edit it; in a wheel it lies inside the package.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def rulesets_folder() -> Path:
    """The folder of the shipped rule sets."""
    inside = _PACKAGE / "_shipped" / "rulesets"
    return inside if inside.is_dir() else _PACKAGE.parent / "rulesets"


def demo_model_folder() -> Path:
    """The CTranslate2 directory of the demo model, which knows the sample voices only."""
    return _PACKAGE / "transcribe" / "demo"
