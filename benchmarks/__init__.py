"""Measurements: ratios side by side in one run. Nothing here is a test."""

import qa_pipeline  # noqa: F401 -- before numpy: it keeps numpy to one thread, as the commands do
