"""From what a person named (files, folders, globs) to the list of recordings.

Whatever is named as a file is a recording, even if it is missing or broken: then it carries its problem, so that
recordings in = rows out. What lies in a folder is a recording if its extension or its first bytes say so; everything
else is skipped, and counted by reason.
"""

from __future__ import annotations

import glob
import json
import os
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from qa_pipeline.errors import RequestError
from qa_pipeline.records import MetadataValue, Recording
from qa_pipeline.sources.identity import absolute, content_sha256, derived_id, path_letters, printable
from qa_pipeline.sources.kinds import AUDIO_EXTENSIONS, StoredHead, looks_like_audio, peek_stored
from qa_pipeline.sources.manifest import KNOWN_METADATA, Manifest, ManifestRow
from qa_pipeline.sources.problems import DANGLING, IRREGULAR, MISSING, cannot_read
from qa_pipeline.sources.remote import search_url
from qa_pipeline.storage import is_url, local_path

# Files are hashed by several threads: on a network share the waiting, not the arithmetic, takes the time.
_READERS = 4
# How many missing files an error names.
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Found:
    """What the sources hold.

    ``recordings`` are sorted by path, each path once. ``skipped`` counts by reason what was left out. ``warnings``
    are sentences for a person. ``extra_columns`` are the metadata that pass through under their own names, sorted.
    """

    recordings: tuple[Recording, ...]
    skipped: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    extra_columns: tuple[str, ...] = ()


def find_recordings(
    sources: Sequence[str | os.PathLike[str]],
    *,
    manifest: Manifest | None = None,
    agent_channel: int | None = None,
    may_all_fail: bool = False,
) -> Found:
    """The recordings that ``sources`` name, joined with their rows of ``manifest``.

    Without any source, the manifest's own files are meant. ``agent_channel`` holds for recordings of which the
    manifest does not say it. Raises RequestError, with what to do, where there is nothing at all, or nothing that can
    be read unless all ``may_all_fail``.
    """
    search = _Search()
    for source in sources:
        search.add(os.fspath(source))
    if manifest is not None:
        search.add_manifest(manifest, alone=not sources)
    if not search.files or (not may_all_fail and all(problem is not None for problem in search.files.values())):
        raise RequestError(search.nothing())
    return _assemble(search, manifest, agent_channel)


def candidates(source: str) -> list[str]:
    """The paths and URLs of what looks like a recording in a folder or below a prefix, unopened where the name tells.

    Those that cannot be read are among them; a prefix without objects, or a store that does not answer, holds none.
    Nothing is hashed, so this is cheap enough to be asked again and again.
    """
    search = _Search()
    search.add(source)
    return sorted(search.files.keys() - {source.rstrip("/")})


@dataclass
class _Search:
    """The state of one search: ``files`` are absolute paths or URLs with what is wrong with them, or None.

    ``versions`` are the marks of URLs' content.
    """

    files: dict[str, str | None] = field(default_factory=dict)
    versions: dict[str, bytes] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    skipped: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    seen_folders: set[tuple[int, int]] = field(default_factory=set)

    def add(self, source: str) -> None:
        """Add one thing that a person named: a URL, a folder, a file, else a glob."""
        if is_url(source):
            self._add_url(source)
            return
        source = local_path(source)
        path = Path(source)
        if path.is_dir():
            self._add_folder(source)
        elif os.path.lexists(path) or not glob.has_magic(source):
            self.name(source)
        else:
            self._add_glob(source)

    def name(self, source: str) -> None:
        """A file that is a recording because somebody says so."""
        if is_url(source):
            self._add_url(source)
        else:
            self.files[absolute(source)] = _problem(Path(source))

    def add_manifest(self, manifest: Manifest, *, alone: bool) -> None:
        """Rows whose file lies in a scanned folder are named too, be the file there or not; ``alone``: all rows."""
        for row in manifest.rows:
            if alone or (row.path not in self.files and self._scanned(row.path)):
                self.name(row.path)

    def nothing(self) -> str:
        """Why there is nothing to do, and what would help."""
        missing = [f"{printable(path)}: {problem}" for path, problem in sorted(self.files.items())[:_SHOWN]]
        missing += [f"... and {len(self.files) - _SHOWN} more"] if len(self.files) > _SHOWN else []
        skipped = [f"{count} skipped: {reason}" for reason, count in sorted(self.skipped.items())]
        details = "\n".join(f"  {line}" for line in [*missing, *self.warnings, *skipped])
        advice = "Name audio files, folders of them, globs in quotes, or stored transcripts (*.json)."
        return f"No recordings found.\n{details}\n{advice}" if details else f"No recordings found. {advice}"

    def _scanned(self, path: str) -> bool:
        if is_url(path):
            return any(is_url(folder) and path.startswith(f"{folder}/") for folder in self.folders)
        return any(str(parent) in self.folders for parent in Path(path).parents)

    def _add_url(self, url: str) -> None:
        found = search_url(url)
        self.files.update(found.files)
        self.versions.update(found.versions)
        self.folders |= {found.folder} if found.folder else set()
        self.skipped += found.skipped
        self.warnings += found.warnings

    def _add_glob(self, pattern: str) -> None:
        matches = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - pathlib refuses absolute patterns
        if not matches:
            self.warnings.append(f"{pattern}: no such file, and no file matches it as a pattern")
        for match in matches:
            self._add_folder(match) if Path(match).is_dir() else self.name(match)

    def _add_folder(self, folder: str) -> None:
        """Everything below ``folder``: real folders first, so that a link never hides the folder it points to."""
        top = absolute(folder)
        self.folders.add(top)
        seen: set[tuple[int, int]] = set()
        waiting, links = [top], list[str]()
        while waiting or links:
            current = waiting.pop() if waiting else links.pop(0)
            if self._enter(current, seen) and (current == top or not self._is_ours(current)):
                below = self._scan(current)
                waiting += (entry.path for entry in reversed(below) if not entry.is_symlink())
                links += (entry.path for entry in below if entry.is_symlink())
        if not any(Path(path).is_relative_to(top) for path in self.files):
            self.warnings.append(f"{printable(folder)}: no recordings in this folder")

    def _enter(self, folder: str, seen: set[tuple[int, int]]) -> bool:
        """Whether to look into ``folder``, which is not entered twice: links may lead in circles."""
        try:
            status = Path(folder).stat()
        except OSError as error:
            self._unreadable(folder, error)
            return False
        if (status.st_dev, status.st_ino) in seen:
            self.skipped["the same folder again, through a link"] += 1
            return False
        seen.add((status.st_dev, status.st_ino))
        return True

    def _is_ours(self, folder: str) -> bool:
        """Whether ``score`` or ``transcribe`` wrote ``folder``: its transcripts are the same calls once more."""
        ours = _is_our_output(Path(folder))
        self.skipped["a folder that qa-pipeline wrote"] += ours
        return ours

    def _scan(self, folder: str) -> list[os.DirEntry[str]]:
        """Take the files of one folder; its subfolders, sorted by name, are returned."""
        try:
            with os.scandir(folder) as entries:
                ordered = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self._unreadable(folder, error)
            return []
        below = []
        for entry in ordered:
            if entry.name.startswith("."):
                self.skipped["hidden"] += 1
            elif entry.is_dir():
                below.append(entry)
            else:
                self._consider(entry.path)
        return below

    def _consider(self, path: str) -> None:
        """Take a file of a folder if it is a recording, else count why not."""
        extension = Path(path).suffix.lower()
        problem = _problem(Path(path))
        if extension in AUDIO_EXTENSIONS:
            self.files.setdefault(path, problem)
        elif problem is not None:
            self.skipped[f"not a recording by its name, and {problem}"] += 1
        elif extension == ".json":
            self._consider_json(path)
        elif _sniffs_as_audio(Path(path)):
            self.files.setdefault(path, None)
        else:
            self.skipped[f"not a recording ({extension or 'no extension'})"] += 1

    def _consider_json(self, path: str) -> None:
        try:
            stored = peek_stored(Path(path))
        except OSError as error:
            self.files.setdefault(path, cannot_read(error))
            return
        if stored is None:
            self.skipped["JSON that is no stored transcript"] += 1
        else:
            self.files.setdefault(path, None)

    def _unreadable(self, folder: str, error: OSError) -> None:
        self.skipped["a folder that cannot be read"] += 1
        self.warnings.append(f"{printable(folder)}: this folder cannot be read: {error.strerror or error}")


def _problem(path: Path) -> str | None:
    """What keeps ``path`` from being read at all, or None. Never opens it: opening a pipe would wait for ever."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return DANGLING if path.is_symlink() else MISSING
    except OSError as error:
        return cannot_read(error)
    except ValueError as error:
        return f"this is no file name: {error}"
    return None if stat.S_ISREG(mode) else IRREGULAR


def _sniffs_as_audio(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return looks_like_audio(file.read(64))
    except OSError:
        return False


def _is_our_output(folder: Path) -> bool:
    """Whether ``folder`` holds what ``score`` or ``transcribe`` wrote."""
    try:
        report = json.loads((folder / "run.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return (folder / "calls").is_dir() or (isinstance(report, dict) and "pipeline_version" in report)


def _assemble(search: _Search, manifest: Manifest | None, agent_channel: int | None) -> Found:
    """Give every file its id and its metadata."""
    paths = sorted(search.files)
    with ThreadPoolExecutor(_READERS) as readers:
        problems, versions = (search.files[path] for path in paths), (search.versions.get(path) for path in paths)
        identities = list(readers.map(_identify, paths, problems, versions))
    rows = {_key(row.path): row for row in manifest.rows} if manifest else {}
    recordings, own_ids, extra = [], [], set(manifest.extra_columns) if manifest else set()
    for path, identity in zip(paths, identities, strict=True):
        row = rows.get(_key(path))
        recordings.append(_recording(path, identity, row, agent_channel))
        own_ids.append(row is not None and row.recording_id is not None)
        extra |= set(identity.metadata) - set(KNOWN_METADATA) - {"agent_channel"}
    warnings = [*search.warnings, *_manifest_warnings(manifest, recordings, rows)]
    distinct, doubled = _disambiguate(recordings, own_ids)
    skipped = {reason: count for reason, count in sorted(search.skipped.items()) if count}
    return Found(tuple(distinct), skipped, (*warnings, *doubled), tuple(sorted(extra)))


@dataclass(frozen=True, slots=True)
class _Identity:
    recording_id: str
    problem: str | None
    metadata: Mapping[str, MetadataValue]


def _identify(path: str, problem: str | None, version: bytes | None) -> _Identity:
    """The id that a file has without a manifest; a file that cannot be read is known by its path alone."""
    if problem is None:
        try:
            stored = peek_stored(path) if path.lower().endswith(".json") else None
            stored = stored or StoredHead(None)
            named = stored.recording_id or derived_id(path, content_sha256(path) if version is None else version)
            return _Identity(named, None, stored.metadata)
        except OSError as error:
            problem = cannot_read(error)
    return _Identity(derived_id(path, b""), problem, {})


def _recording(path: str, identity: _Identity, row: ManifestRow | None, agent_channel: int | None) -> Recording:
    named = row.recording_id if row and row.recording_id else identity.recording_id
    channel = row.agent_channel if row and row.agent_channel is not None else agent_channel
    metadata = dict(row.metadata) if row else {}
    return Recording(named, printable(path), path, metadata, channel, identity.problem)


def _key(path: str) -> str:
    """Paths are compared composed: a Mac writes é as two characters where a spreadsheet writes one."""
    return unicodedata.normalize("NFC", path)


def _manifest_warnings(
    manifest: Manifest | None, recordings: Sequence[Recording], rows: Mapping[str, ManifestRow]
) -> Iterable[str]:
    """Both sides of the join that found no partner, counted."""
    if manifest is None:
        return
    found = {_key(recording.path) for recording in recordings}
    if strangers := len(found - rows.keys()):
        yield f"{strangers} of {len(found)} recordings have no row in {manifest.path}: scored without its metadata"
    if unused := len(rows.keys() - found):
        yield f"{unused} of {len(rows)} rows of {manifest.path} name recordings outside the sources: left alone"


def _disambiguate(recordings: Sequence[Recording], own_ids: Sequence[bool]) -> tuple[list[Recording], list[str]]:
    """Recordings with equal ids get letters of their path behind it, all of them but one that the manifest named."""
    counts = Counter(recording.recording_id for recording in recordings)
    distinct, doubled = [], set()
    for recording, own in zip(recordings, own_ids, strict=True):
        if counts[recording.recording_id] > 1 and not own:
            doubled.add(recording.recording_id)
            named = f"{recording.recording_id}-{path_letters(recording.path)}"
            distinct.append(replace(recording, recording_id=named))
        else:
            distinct.append(recording)
    told = (f"the id “{name}” was given {counts[name]} times: told apart by letters" for name in sorted(doubled))
    return distinct, list(told)
