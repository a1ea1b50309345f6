"""``python -m qa_pipeline`` is the command ``qa-pipeline``."""

from qa_pipeline.cli import main

if __name__ == "__main__":
    main()
