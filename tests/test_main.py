"""The very first moment of the command, before anything of it is imported."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from qa_pipeline.__main__ import main


class _Interrupted(ModuleType):
    def __getattr__(self, name: str) -> object:
        raise KeyboardInterrupt


def test_an_interrupt_while_the_command_is_imported_is_a_word_and_130(monkeypatch, capsys) -> None:
    monkeypatch.setitem(sys.modules, "qa_pipeline.cli", _Interrupted("qa_pipeline.cli"))
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "Interrupted. 已中断。\n"
