"""Call-recording QA for Chinese public-service hotlines. 公共服务热线录音质检。

``qa_pipeline.score(sources, out=...)`` does what ``qa-pipeline score`` does and returns a ``RunSummary``;
``qa_pipeline.write_transcripts(sources, out=...)`` does what ``qa-pipeline transcribe`` does (the plain name belongs to
the package of recognisers). Both are imported at their first use, so that ``import qa_pipeline`` stays cheap; their
types stand in ``__init__.pyi``.
"""

import os
from importlib import import_module
from typing import Any

# Recordings are spread over processes, so numpy's own threads would only wait for one another: with two of them on two
# busy cores, speech activity takes ten times the processor time. Worker processes inherit this.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
__all__ = ["__version__", "score", "write_transcripts"]

_LAZY = {
    "score": ("qa_pipeline.engines.local", "score"),
    "write_transcripts": ("qa_pipeline.engines.local", "transcribe"),
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _LAZY[name]
    return getattr(import_module(module), attribute)
