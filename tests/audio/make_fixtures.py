"""Makes ``fixtures/``: the forms of GSM that PyAV reads but cannot write. Needs Debian's ``ffmpeg`` (with libgsm).

Run ``python -m tests.audio.make_fixtures`` from the repository's top; the files are committed.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.audio.files import tones, write

FIXTURES = Path(__file__).parent / "fixtures"
FORMS = {"tone.gsm": "libgsm", "tone_wav49.wav": "libgsm_ms"}


def main() -> None:
    """Write a one-second tone of 440 Hz in each form."""
    FIXTURES.mkdir(exist_ok=True)
    source = write(FIXTURES / "source.wav", tones(1.0))
    for name, codec in FORMS.items():
        command = ["ffmpeg", "-v", "error", "-y", "-i", str(source), "-c:a", codec, str(FIXTURES / name)]
        subprocess.run(command, check=True)
    source.unlink()


if __name__ == "__main__":
    main()
