"""A recogniser that does what the recording's bytes say, so that a test can make anything go wrong anywhere."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.errors import RecordingError, RequestError, Stage
from qa_pipeline.records import Recording, Role, Transcript, Utterance
from qa_pipeline.transcribe import one_by_one


class Obedient:
    """Understands: good, empty, raise, bug, kill, exit, sleep."""

    name = "obedient"
    heard: Path | None = None

    def transcribe(self, recording: Recording) -> Transcript:
        order, *_ = Path(recording.path).read_text().split()
        if self.heard is not None:
            with self.heard.open("a") as file:
                file.write(f"{Path(recording.path).stem} ")
        if order == "raise":
            raise RecordingError(Stage.DECODE, "不是音频 not audio")
        if order == "bug":
            raise ZeroDivisionError("division by zero")
        if order == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if order == "exit":
            os._exit(3)
        if order == "sleep":
            time.sleep(60)
        if order == "nap":
            time.sleep(0.05)
        said = (
            Utterance(Role.AGENT, 0, 0.5, 2.0, "您好，很高兴为您服务"),
            Utterance(Role.CUSTOMER, 1, 2.5, 4.0, "我想问一下暖气的事"),
        )
        known = recording.metadata
        return Transcript(
            recording.recording_id, 5.0, 2, () if order == "empty" else said, asr_model=self.name, metadata=known
        )

    def transcribe_many(self, recordings):
        return one_by_one(self, recordings)


def no_model():
    raise RequestError("no such model")


def put(folder: Path, **orders: str) -> Path:
    """A folder of recordings, each named and told what to do; no two have the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, order in orders.items():
        (folder / f"{name}.wav").write_text(f"{order} {name}")
    return folder


@dataclass(frozen=True)
class Counting:
    """Makes an ``Obedient`` that writes the name of each recording it hears, a word each, into ``path``."""

    path: Path

    def __call__(self):
        made = Obedient()
        made.heard = self.path
        return made
