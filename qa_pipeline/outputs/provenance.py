"""By what the outcomes of a part were found, so that they need not be found again while that stays as it is.

It stands in the metadata of ``outcomes/part-*.parquet``, under the key ``found_by``, as JSON: nothing but the file is
needed to know what its rows are worth.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

KEY = b"found_by"


@dataclass(frozen=True, slots=True)
class Provenance:
    """The program that judged, by its digest (``engines.program``), and by what it went.

    ``rules`` holds, for each rule set by its sha256, the fingerprints of its rules (``rules.fingerprint``).
    """

    program: str = ""
    rules: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def by(self, program: str, ruleset_sha256: str | None) -> Mapping[str, str]:
        """The fingerprints of the set, as far as ``program`` judges as the one that wrote them; else none."""
        return self.rules.get(ruleset_sha256 or "", {}) if self.program == program else {}

    def metadata(self) -> dict[bytes, bytes]:
        """What is said of it in a file; nothing where nothing is known."""
        return {KEY: json.dumps(asdict(self), sort_keys=True).encode()} if self.program else {}


UNKNOWN = Provenance()


def provenance_of(schema: pa.Schema) -> Provenance:
    """What ``schema``, of a part of ``outcomes``, says; nothing known where it says nothing."""
    try:
        told = json.loads((schema.metadata or {})[KEY])
        return Provenance(told["program"], told["rules"])
    except (KeyError, ValueError, TypeError):
        return UNKNOWN


def read_provenance(path: Path) -> Provenance:
    """What the part of ``outcomes`` at ``path`` says of itself; nothing known where it cannot be read."""
    try:
        return provenance_of(pq.read_schema(path))
    except (OSError, pa.ArrowException):
        return UNKNOWN
