"""Programs of the project that do not ship in the wheel; run them from the repository root with ``python -m``."""
