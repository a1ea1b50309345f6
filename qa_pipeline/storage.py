"""Where bytes lie: files of this machine, and objects behind URLs (``s3://bucket/2026-11/``) that fsspec knows.

A path is text. One that begins with ``scheme://`` is an fsspec URL; ``file://`` is a path of this machine. Keys,
regions and endpoints are the driver's own business: its environment variables (``AWS_ACCESS_KEY_ID``,
``AWS_ENDPOINT_URL``) and fsspec's configuration (``FSSPEC_S3_ENDPOINT_URL``, ``~/.config/fsspec/``), so that no secret
stands in a command or a run.json.

What goes wrong with an object is an ``OSError``, as with a file; a scheme that nothing here reads is a RequestError.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from urllib.parse import unquote, urlsplit

from qa_pipeline.errors import RequestError

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+(::[a-z][a-z0-9+.-]+)*://", re.IGNORECASE)
_BLOCK = 4 * 1024 * 1024
"""Bytes fetched at a time. A decoder reads straight on, but some headers stand at the end of their file."""

_AT_ONCE = 16
_TEMPORARY = ".tmp"
# A put is whole or nothing in an object store; elsewhere a temporary name and a rename make it so.
_OBJECT_STORES = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss"}
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Entry:
    """An object in a store: its full URL, its size in bytes, and what changes when its content does."""

    url: str
    size: int
    version: bytes


def is_url(path: str | os.PathLike[str]) -> bool:
    """Whether ``path`` names something behind fsspec rather than a file of this machine."""
    return isinstance(path, str) and _SCHEME.match(path) is not None and not path.lower().startswith("file://")


def local_path(path: str | os.PathLike[str]) -> str:
    """``path`` without a leading ``file://``; all else as it is."""
    text = os.fspath(path)
    return unquote(urlsplit(text).path) if text.lower().startswith("file://") else text


@contextmanager
def open_binary(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """The bytes at ``path``, to be read and sought in. Raises OSError."""
    if not is_url(path):
        with Path(local_path(path)).open("rb") as file:
            yield file
        return
    system, at = file_system(os.fspath(path))
    with as_os_error():
        remote: Any = system.open(at, "rb", block_size=_BLOCK, cache_type="blockcache")
        with remote:
            yield remote


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """All the bytes at ``path``. Raises OSError."""
    with open_binary(path) as file:
        return file.read()


def entry(url: str) -> Entry | None:
    """The object at ``url``; None where it is a folder. Raises FileNotFoundError or another OSError."""
    system, at = file_system(url)
    with as_os_error():
        found = system.info(at)
    return None if found["type"] == "directory" else _entry(url, found)


def entries(folder: str) -> list[Entry]:
    """All objects below ``folder``, at any depth, sorted by URL. Raises OSError."""
    system, at = file_system(folder)
    with as_os_error():
        return _sorted(system, folder, at, system.find(at, detail=True))


def folders(url: str) -> list[str]:
    """The folders directly in ``url``, as URLs, sorted. Raises OSError."""
    system, at = file_system(url)
    with as_os_error():
        found = [one["name"].rstrip("/") for one in system.ls(at, detail=True) if one["type"] == "directory"]
    return sorted(f"{url.rstrip('/')}/{name.rsplit('/', 1)[-1]}" for name in found)


def fetch(url: str, path: Path) -> None:
    """Copy the object at ``url`` to the file ``path``; folders are made. Raises OSError."""
    system, at = file_system(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    with as_os_error():
        system.get_file(at, str(path))


def put(path: Path, url: str) -> None:
    """Copy the file ``path`` to ``url``: whole, or what was there before stays. Raises OSError."""
    with _whole(url) as (system, at), as_os_error():
        system.put_file(str(path), at)


def put_bytes(content: bytes, url: str) -> None:
    """Write ``content`` to ``url``: whole, or what was there before stays. Raises OSError."""
    with _whole(url) as (system, at), as_os_error():
        system.pipe_file(at, content)


def delete(url: str) -> None:
    """Delete the object at ``url``, if it is there. Raises another OSError."""
    system, at = file_system(url)
    with as_os_error(), suppress(FileNotFoundError):
        system.rm_file(at)


def each(work: Callable[[_T], None], items: Iterable[_T], at_once: int = _AT_ONCE) -> int:
    """``work`` on every item, several at once; how many there were. After an error nothing more is begun."""
    listed = list(items)
    threads = ThreadPoolExecutor(at_once, "qa-storage")
    try:
        for future in [threads.submit(work, item) for item in listed]:
            future.result()
    finally:
        threads.shutdown(cancel_futures=True)
    return len(listed)


def why(error: OSError) -> str:
    """What an error of a store means to a person, and what to do, where that is known."""
    told = str(error.strerror or error) or type(error).__name__
    if "Credentials" in told:
        return f"没有密钥 no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE ({told})"
    if isinstance(error, FileNotFoundError):
        return f"没有这个地方 there is no such place: {told}"
    if isinstance(error, PermissionError):
        return f"不准 the store refuses this key: {told}"
    return f"存储没有应答 the store does not answer as it should: {told}"


@contextmanager
def told(url: str, what_fails: str) -> Iterator[None]:
    """A store's errors as a RequestError that says ``what_fails`` at ``url``, and why."""
    try:
        yield
    except OSError as error:
        raise RequestError(f"{url} {what_fails}: {why(error)}") from error


READING, WRITING = "读不了 cannot be read", "写不了 cannot be written"


def matching(pattern: str) -> list[Entry]:
    """The objects whose URL matches ``pattern`` (``*``, ``**``, ``?``, ``[]``), sorted by URL. Raises OSError."""
    system, at = file_system(pattern)
    with as_os_error():
        return _sorted(system, pattern, at, system.glob(at, detail=True))


def file_system(url: str) -> tuple[Any, str]:
    """The file system of ``url``, and what it calls the place. Raises RequestError where there is no driver."""
    from fsspec.core import url_to_fs

    scheme = url.split("://", 1)[0]
    try:
        system, at = url_to_fs(url)
    except ImportError as error:
        extra = "pip install 'qa-pipeline[s3]'" if scheme in ("s3", "s3a") else str(error)
        raise RequestError(f"{url}: reading {scheme}:// needs a driver that is not installed: {extra}") from None
    except ValueError as error:
        raise RequestError(f"{url}: {scheme}:// is no kind of storage that fsspec knows ({error})") from None
    return system, at


@contextmanager
def _whole(url: str) -> Iterator[tuple[Any, str]]:
    """The file system of ``url`` and the place to write to; elsewhere than in an object store, a name for meanwhile."""
    system, at = file_system(url)
    if set(_protocols(system)) & _OBJECT_STORES:
        yield system, at
        return
    parent, _, last = at.rpartition("/")
    meanwhile = f"{parent}/.{last}.{os.getpid()}{_TEMPORARY}"
    with as_os_error():
        system.makedirs(parent, exist_ok=True)
    yield system, meanwhile
    with as_os_error():
        system.mv(meanwhile, at)


def _protocols(system: Any) -> tuple[str, ...]:
    names = system.protocol
    return (names,) if isinstance(names, str) else tuple(names)


@contextmanager
def as_os_error() -> Iterator[None]:
    """Turn a driver's errors into OSErrors: wrong keys, unknown hosts and time-outs share no base among drivers."""
    try:
        yield
    except (OSError, RequestError):
        raise
    except Exception as error:
        if not _from_a_driver(error):
            raise
        raise OSError(f"{type(error).__name__}: {error}") from error


def _from_a_driver(error: BaseException) -> bool:
    """Whether ``error`` was made by a storage driver and not by whoever reads from it."""
    home = type(error).__module__.split(".")[0]
    return home in {"botocore", "aiobotocore", "s3fs", "aiohttp", "fsspec", "gcsfs", "adlfs", "google", "azure"}


def _sorted(system: Any, url: str, at: str, found: Mapping[str, Mapping[str, Any]]) -> list[Entry]:
    """The files among ``found``, under URLs that begin as ``url`` does."""
    start = url.removesuffix(at) if url.endswith(at) else None
    files = (name for name, facts in found.items() if facts["type"] == "file" and not name.endswith("/"))
    urls = {name: system.unstrip_protocol(name) if start is None else start + name for name in files}
    return sorted((_entry(urls[name], found[name]) for name in urls), key=lambda one: one.url)


def _entry(url: str, facts: Mapping[str, Any]) -> Entry:
    marks = ("ETag", "etag", "md5Hash", "LastModified", "mtime", "created")
    changed = next((facts[mark] for mark in marks if mark in facts), "")
    return Entry(url, int(facts.get("size") or 0), f"{facts.get('size')} {changed}".encode())
