"""Write ``qa_pipeline/text/pinyin.tsv``: which characters sound alike on a telephone line.

    pip install pypinyin && python -m scripts.pinyin.build

One line per sound, ``sound<TAB>characters``, sorted. A sound is a toneless syllable in which zh/z, ch/c, sh/s, an
initial n/l and a final ng/n are one, since neither callers nor recognisers keep them apart. A character has one
sound, its commonest reading: the same character always sounds like itself, and a second reading (银行 / 不行) is not
looked up. Covered are the simplified characters of GB 2312 and those that jieba's dictionary uses.
"""

from __future__ import annotations

import re
from pathlib import Path

TABLE = Path(__file__).parents[2] / "qa_pipeline" / "text" / "pinyin.tsv"
HAN = [chr(code) for code in range(0x4E00, 0x9FA6)]


def sound(syllable: str) -> str:
    """The sound of a toneless syllable, spelt with one of its members: ``zhuang`` is ``zuan``, ``neng`` is ``len``."""
    initial, final = re.fullmatch(r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw]?)(.*)", syllable).groups()  # type: ignore[union-attr]
    initial = {"zh": "z", "ch": "c", "sh": "s", "n": "l"}.get(initial, initial)
    return str(initial + re.sub(r"ng$", "n", final))


def characters() -> list[str]:
    """The characters worth a line: simplified ones that people write."""
    import jieba
    from opencc import OpenCC

    simplify = OpenCC("t2s").convert
    used = set("".join(_dictionary_words(jieba)))
    return [c for c in HAN if (_in_gb2312(c) or c in used) and simplify(c) == c]


def _dictionary_words(jieba: object) -> list[str]:
    path = Path(str(jieba.__file__)).parent / "dict.txt"  # type: ignore[attr-defined]
    return [line.split(" ", 1)[0] for line in path.read_text(encoding="utf-8").splitlines()]


def _in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def table() -> dict[str, str]:
    """Every sound and its characters, both sorted."""
    from pypinyin import Style, pinyin

    sounds: dict[str, list[str]] = {}
    for character in characters():
        syllable = pinyin(character, style=Style.NORMAL, errors="ignore", v_to_u=False)
        if syllable and re.fullmatch("[a-z]+", syllable[0][0]):
            sounds.setdefault(sound(syllable[0][0]), []).append(character)
    return {name: "".join(sorted(members)) for name, members in sorted(sounds.items())}


def main() -> None:
    """Write the table and say how large it is."""
    lines = [f"{name}\t{members}" for name, members in table().items()]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{TABLE}: {len(lines)} sounds, {sum(len(line.split('	')[1]) for line in lines)} characters")


if __name__ == "__main__":
    main()
