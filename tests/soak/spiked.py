"""The real command line with a decoder that some recordings bring down, as broken ones have brought real decoders down.

    python -m tests.soak.spiked score DIR --model demo --out OUT ...

is ``qa-pipeline score ...``, workers included, but that recordings with a spike at their end do what it says while they
are decoded: ``segv``, ``abort``, ``exit``, ``hang``. Everything decoded is written down in ``$SPIKED_HEARD``, a line each: the
number of the run (``$SPIKED_RUN``) and the digest of the bytes. ``$SPIKED_FLOOR_S`` is how long a hang may last.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import sys
import time
from functools import partial
from pathlib import Path

_MARK = b"\nspike: "
_LONGEST = 64


def spike(path: Path, order: str) -> None:
    """Make the recording at ``path`` do what ``order`` says; it can be played as before."""
    with path.open("ab") as file:
        file.write(_MARK + order.encode())


def order_of(content: bytes) -> str:
    """What a recording of these bytes does; nothing for a good one."""
    _, mark, order = content[-_LONGEST:].rpartition(_MARK)
    return order.decode() if mark else ""


def obey(order: str) -> None:
    """Do what a spike says."""
    if order == "segv":
        ctypes.string_at(0)
    if order == "abort":
        os.abort()
    if order == "exit":
        os._exit(3)
    while order == "hang":
        time.sleep(1)


def _spike_decoder() -> None:
    """Every decoding is written down, and obeys."""
    from qa_pipeline.transcribe import prepare

    real, heard, run = prepare.decode, os.environ["SPIKED_HEARD"], os.environ["SPIKED_RUN"]

    def decode(path: str) -> object:
        content = Path(path).read_bytes()
        with open(heard, "a", encoding="ascii") as file:  # noqa: PTH123 - short lines, appended whole
            file.write(f"{run} {hashlib.sha256(content).hexdigest()}\n")
        obey(order_of(content))
        return real(path)

    prepare.decode = decode  # type: ignore[assignment]


def main() -> None:
    """The command line, with a hang given up sooner than after five minutes."""
    from qa_pipeline.cli import main as command
    from qa_pipeline.engines import plan, supervise

    floor_s = float(os.environ.get("SPIKED_FLOOR_S", "300"))
    plan.Limits = partial(supervise.Limits, floor_s=floor_s)  # type: ignore[misc, assignment]
    sys.argv[0] = "qa-pipeline"
    command()


if __name__ in ("__main__", "__mp_main__"):  # workers import this module under its second name
    _spike_decoder()
if __name__ == "__main__":
    main()
