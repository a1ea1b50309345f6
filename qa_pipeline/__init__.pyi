# What type checkers see of the package: the functions that __init__.py imports at their first use. A stub, because an
# import in __init__.py, even one for type checkers only, would tie every lower floor that asks for the version to this.

from qa_pipeline.engines.local import score as score
from qa_pipeline.engines.local import transcribe as write_transcripts

__all__ = ["__version__", "score", "write_transcripts"]

__version__: str
