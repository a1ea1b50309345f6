"""Rule sets as a person names them for a comparison: a path, a shipped name, or a git revision.

``HEAD~1:rulesets/hotline.yaml`` is that file at that revision (from the top of the repository, or ``./`` from here);
``main`` is the file of the other side at that revision. What the file includes is taken from the same revision. Files
are read out of git's own store into a temporary folder; the work tree, the index and the branches stay as they are.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

from qa_pipeline import shipped
from qa_pipeline.errors import RequestError
from qa_pipeline.rules.cases import as_shown
from qa_pipeline.rules.files import find_rule_set, shipped_names

_PLAIN_FILES = ("100644", "100755")


class NewRuleSetError(RequestError):
    """The revision has no such file yet, and the other side is that very file: it is new, so nothing is to compare.

    ``file`` is how a report names it, ``revision`` what it is new against.
    """

    def __init__(self, file: str, revision: str) -> None:
        super().__init__(f"{revision}:{file}: 那个版本还没有这个文件，规则集是新的 not there yet: the rule set is new.")
        self.file, self.revision = file, revision

    def __reduce__(self) -> tuple[type[NewRuleSetError], tuple[str, str]]:
        return NewRuleSetError, (self.file, self.revision)


@dataclass(frozen=True, slots=True)
class Located:
    """A rule-set file that can be loaded. ``label`` is how a report names it.

    Of a ``revision``, ``root`` is the temporary copy of the repository's rule sets, and ``shipped_at`` the copy of the
    shipped ones, where those lie in the same repository.
    """

    path: Path
    label: str
    revision: str = ""
    root: Path | None = None
    shipped_at: Path | None = None

    def shown(self, file: str | Path) -> str:
        """A file of the set as a report names it: never by where the temporary copy happens to lie."""
        path, here = Path(file), Path(file).resolve()
        if self.root is not None and here.is_relative_to(self.root):
            return f"{self.revision}:{here.relative_to(self.root).as_posix()}"
        home = shipped.rulesets_folder().resolve()
        if here.is_relative_to(home) and not here.is_relative_to(Path.cwd()):
            return f"shipped:{here.relative_to(home).as_posix()}"  # where it is installed differs between machines
        return as_shown(path).as_posix()


@contextmanager
def located(old: str, new: str) -> Iterator[tuple[Located, Located]]:
    """Both rule sets as files, until the block ends. Raises ``RequestError`` that says which one is not found, and why.

    A file or a shipped set of that name goes before a revision of that name. Raises ``NewRuleSetError`` where the old
    side's revision does not have the new side's file yet.
    """
    with tempfile.TemporaryDirectory(prefix="qa-pipeline-") as folder:
        room = Path(folder).resolve()
        plain = {name: _plain(name) for name in (old, new)}
        second = _located(new, plain[old], room / "new")
        yield _located(old, plain[new], room / "old", may_be_new=True), second


def _plain(name: str) -> Path | None:
    """The file that ``name`` is the path or the shipped name of; of ``REV:PATH``, the file of the work tree."""
    if Path(name).is_file() or name in shipped_names():
        return find_rule_set(name)
    _, colon, path = name.partition(":")
    if not colon:
        return None
    top = _top(Path.cwd(), name)
    return (Path.cwd() if path.startswith("./") else top) / path


def _located(name: str, other: Path | None, room: Path, *, may_be_new: bool = False) -> Located:
    if Path(name).is_file() or name in shipped_names():
        path = find_rule_set(name)
        return Located(path, Located(path, "").shown(path))
    revision, colon, _ = name.partition(":")
    file = _plain(name) if colon else other
    if file is None:
        raise _unknown(name)
    top = _top(file.parent, name)
    _check_revision(revision, top, name)
    here = file.parent.resolve() / file.name
    if not here.is_relative_to(top):
        raise RequestError(f"{name}: {as_shown(here)} 不在仓库里 does not lie in the repository {as_shown(top)}")
    found = _checked_out(revision, PurePosixPath(here.relative_to(top).as_posix()), top, room)
    if found.path.is_file():
        return found
    if may_be_new and other is not None and other.resolve() == here:
        raise NewRuleSetError(as_shown(here).as_posix(), revision)
    there = [path.relative_to(room).as_posix() for path in room.rglob("*.yaml")]
    near = get_close_matches(here.relative_to(top).as_posix(), there, n=3)
    hint = f" 是不是 did you mean: {', '.join(near)}？" if near else ""
    raise RequestError(f"{found.label}: 那个版本没有这个文件 no such file at that revision.{hint}")


def _unknown(name: str) -> RequestError:
    near = get_close_matches(name, shipped_names(), n=3)
    hint = f"是不是 did you mean: {', '.join(near)}？" if near else ""
    how = "给出文件、自带的名称或 REV:文件 give a file, a shipped name or REV:FILE"
    return RequestError(
        f"找不到规则集 unknown rule set {name!r}. {hint}{how}；"
        "只写 git 版本时，另一边要写文件 a bare revision takes the file of the other side."
    )


def _top(folder: Path, name: str) -> Path:
    """The work tree that holds ``folder``."""
    there = folder
    while not there.is_dir():
        there = there.parent
    shown = _git(there, "rev-parse", "--show-toplevel")
    if shown is None:
        why = f"{as_shown(there)} 不在 git 仓库里 is not in a git repository"
        raise RequestError(f"找不到 cannot find {name!r}: 没有这个文件或规则集，{why}")
    return Path(shown.decode().rstrip("\n")).resolve()


def _check_revision(revision: str, top: Path, name: str) -> None:
    sound = bool(revision) and not revision.startswith("-")
    if sound and _git(top, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") is not None:
        return
    listed = (_git(top, "for-each-ref", "--format=%(refname:short)") or b"").decode().split()
    near = get_close_matches(revision, listed, n=3)
    hint = f" 是不是 did you mean: {', '.join(near)}？" if near else ""
    shallow = _git(top, "rev-parse", "--is-shallow-repository") == b"true\n"
    fetch = " 仓库是浅克隆 the clone is shallow: git fetch --unshallow." if shallow else ""
    message = f"{name!r}: 没有这个文件、规则集或 git 版本 no such file, rule set or git revision {revision!r}."
    raise RequestError(f"{message}{hint}{fetch}")


def _checked_out(revision: str, file: PurePosixPath, top: Path, room: Path) -> Located:
    """Write the rule sets that ``file`` may include into ``room``, as they were at ``revision``, and it if it was."""
    folders = {file.parent, file.parent.parent}
    home = shipped.rulesets_folder().resolve()
    if home.is_relative_to(top):
        folders.add(PurePosixPath(home.relative_to(top).as_posix()))
    blobs = dict(entry for folder in sorted(folders) for entry in _yaml_files(revision, folder, top))
    for path, content in zip(blobs, _contents(list(blobs.values()), top), strict=True):
        (room / path).parent.mkdir(parents=True, exist_ok=True)
        (room / path).write_bytes(content)
    shipped_at = room / home.relative_to(top) if home.is_relative_to(top) else None
    return Located(room / file, f"{revision}:{file}", revision, room, shipped_at)


def _yaml_files(revision: str, folder: PurePosixPath, top: Path) -> Iterator[tuple[PurePosixPath, str]]:
    """The plain YAML files below ``folder``, each with its object's name."""
    below = [] if str(folder) == "." else ["--", f"{folder}/"]
    listed = _git(top, "ls-tree", "-r", "-z", "--full-tree", revision, *below) or b""
    for entry in listed.decode("utf-8", "surrogateescape").split("\0"):
        facts, _, path = entry.partition("\t")
        if path.endswith(".yaml") and facts.split()[0] in _PLAIN_FILES:
            yield PurePosixPath(path), facts.split()[2]


def _contents(objects: Sequence[str], top: Path) -> Iterator[bytes]:
    """What the objects hold, in their order."""
    said = _git(top, "cat-file", "--batch", given="".join(f"{name}\n" for name in objects).encode()) or b""
    at = 0
    for _ in objects:
        head_ends = said.index(b"\n", at)
        size = int(said[at:head_ends].split()[2])
        yield said[head_ends + 1 : head_ends + 1 + size]
        at = head_ends + 1 + size + 1


def _git(folder: Path, *arguments: str, given: bytes = b"") -> bytes | None:
    """What git prints; None where it refuses. Raises ``RequestError`` where there is no git."""
    command = ["git", "--no-optional-locks", "-C", str(folder), "-c", "core.quotePath=false", *arguments]
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=False)
    except FileNotFoundError:
        raise RequestError("没有安装 git，无法读取版本 git is not installed: give paths instead.") from None
    return done.stdout if done.returncode == 0 else None
