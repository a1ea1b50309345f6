"""Recordings behind a URL: an object, everything below a prefix, or a pattern. The same rules as on disk.

What an object is, its name tells: opening each one to look would fetch the bucket. JSON is opened, since only its
content tells a stored transcript from any other.
"""

from __future__ import annotations

import glob
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from qa_pipeline import storage
from qa_pipeline.sources.kinds import AUDIO_EXTENSIONS, peek_stored
from qa_pipeline.sources.problems import NO_OBJECT, cannot_read


@dataclass
class Remote:
    """What one URL holds: ``files`` are URLs with what is wrong with them or None, ``versions`` the marks of their
    content; ``folder`` is set where the URL is one.
    """

    files: dict[str, str | None] = field(default_factory=dict)
    versions: dict[str, bytes] = field(default_factory=dict)
    folder: str | None = None
    skipped: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)


def search_url(source: str) -> Remote:
    """What ``source`` names. A URL that cannot be read is a recording with a problem; RequestError without a driver."""
    found = Remote()
    url = source.rstrip("/")
    try:
        if glob.has_magic(url) and not url.startswith(("http://", "https://")):  # there, ? begins a query
            _add_matching(found, url)
        elif (one := storage.entry(url)) is not None:
            _name(found, one)
        else:
            _add_folder(found, url)
    except FileNotFoundError:
        found.files[url] = NO_OBJECT
    except OSError as error:
        found.files[url] = cannot_read(error)
    return found


def _name(found: Remote, one: storage.Entry) -> None:
    found.files[one.url] = None
    found.versions[one.url] = one.version


def _add_matching(found: Remote, pattern: str) -> None:
    for one in storage.matching(pattern):
        _name(found, one)
    if not found.files:
        found.warnings.append(f"{pattern}: no object matches this pattern")


def _add_folder(found: Remote, folder: str) -> None:
    found.folder = folder
    below = storage.entries(folder)
    ours = _our_outputs(below)
    for one in below:
        inside = PurePosixPath(one.url.removeprefix(folder).lstrip("/"))
        if any(part.startswith(".") for part in inside.parts):
            found.skipped["hidden"] += 1
        elif any(one.url.startswith(output) for output in ours):
            found.skipped["written by qa-pipeline"] += 1
        else:
            _consider(found, one, inside.suffix.lower())
    if not found.files:
        found.warnings.append(f"{folder}: no recordings below this prefix")


def _our_outputs(below: Iterable[storage.Entry]) -> list[str]:
    """The prefixes that ``score`` wrote: their transcripts are the same calls once more."""
    urls = {one.url for one in below}
    marked = (url.removesuffix("run.json") for url in urls if url.endswith("/run.json"))
    return [prefix for prefix in marked if any(url.startswith(f"{prefix}calls/") for url in urls)]


def _consider(found: Remote, one: storage.Entry, extension: str) -> None:
    """Take an object of a prefix if it is a recording, else count why not."""
    if extension in AUDIO_EXTENSIONS:
        _name(found, one)
    elif extension != ".json":
        found.skipped[f"not a recording ({extension or 'no extension'})"] += 1
    elif peek_stored(one.url) is not None:
        _name(found, one)
    else:
        found.skipped["JSON that is no stored transcript"] += 1
