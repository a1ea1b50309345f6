"""``python -m qa_pipeline`` is the command ``qa-pipeline``.

The command itself is imported within ``main``, so that Ctrl-C in the first tenth of a second is a word, no traceback.
"""

import sys


def main() -> None:
    """Run the command; this is what ``qa-pipeline`` and ``python -m qa_pipeline`` call. Raises SystemExit."""
    try:
        from qa_pipeline.cli import main as run

        run()
    except KeyboardInterrupt:
        print("Interrupted. 已中断。", file=sys.stderr)
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
