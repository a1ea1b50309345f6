"""Codes of faults: what the loader refuses. Nothing is scored by a set with a fault, so none can be switched off.

Faults are made where they are noticed and carry no code; the Chinese head of the message tells the kind.
"""

from __future__ import annotations

import re

from qa_pipeline.errors import Fault

KINDS: tuple[tuple[str, str, str], ...] = (
    (
        "QA001",
        "文件读不了 the file cannot be read, or is no plain YAML",
        "读不到文件|文件超过|不是 UTF-8|不是合法的 YAML|嵌套太深|文件是空的|不支持锚点|不支持的写法|.*不是普通名称",
    ),
    ("QA002", "键重复 a key is written twice", "键重复"),
    ("QA003", "不认识的键 an unknown key", "不认识的键"),
    ("QA004", "缺少必须写的键 a key is missing", "缺少|每条规则要有"),
    ("QA005", "没有这个算子 an unknown operator", "没有算子|一个条件只写一个算子"),
    (
        "QA006",
        "没有这个名称 an unknown lexicon, parameter, rule, preset, section or included set",
        "没有词表|没有参数|没有规则|没有预设|词表里没有|规则 .* 引用的|找不到要包含|指标 .* 不属于",
    ),
    ("QA007", "编号重复 a rule id or a lexicon is defined twice", "规则编号重复|词表 .* 已有定义"),
    ("QA008", "循环引用 a circle of includes, lexicons or rules", "循环包含|词表循环引用|规则循环引用"),
)
OTHER = ("QA009", "写法不对 a value or a shape that is not allowed")


def code_of(fault: Fault) -> str:
    """The code of a fault, by what it says."""
    return next((code for code, _, said in KINDS if re.match(said, fault.message)), OTHER[0])
