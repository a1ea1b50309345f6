r"""Train the demo model.

    MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=8000000000 OMP_NUM_THREADS=2 \\
        python -m scripts.demo_model.train --corpus DIR... --out DIR --minutes 80 [--init CHECKPOINT] [--seed 1]

The two MALLOC settings make a step 1.7 times faster on a CPU. ``--steps`` instead of ``--minutes`` ends after a number
of steps, so that the run does not depend on the machine's speed. ``OUT/checkpoint.pt`` is replaced every few minutes.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from scripts.demo_model.checkpoint import Checkpoint, load_checkpoint, start_from
from scripts.demo_model.corpus import load
from scripts.demo_model.greedy import greedy_error_rate
from scripts.demo_model.losses import Losses, losses_of
from scripts.demo_model.model import ModelSize, TinyWhisper
from scripts.demo_model.vocabulary import build_vocabulary
from scripts.demo_model.windows import Batch, WindowMaker, collate, frame_labels_of

WARM_UP_STEPS = 150
AVERAGE = 0.998
AVERAGE_EVERY = 4
REPORT_STEPS = 50
SAVE_SECONDS = 420
ENCODER_FRAMES = 4_800
"""Sound per batch: 96 s."""

FULL_WINDOWS_PER_BATCH = 4
EVALUATED = 24
"""Held-out sentences decoded at every save: a quick look, not a measurement."""


@dataclass(frozen=True)
class Plan:
    """How long to train and how: ``full_from`` is the progress at which full 30 s windows come in."""

    corpus: list[Path]
    out: Path
    minutes: float
    steps: int | None
    init: Path | None
    learning_rate: float
    full_from: float
    full_share: float
    seed: int


class Averaged:
    """An exponential moving average of the weights: what is exported."""

    def __init__(self, model: TinyWhisper) -> None:
        self.weights = {name: value.clone() for name, value in model.state_dict().items()}

    @torch.no_grad()
    def follow(self, model: TinyWhisper, step: int) -> None:
        """Move towards the current weights; faster in the first hundreds of steps. Does nothing between its turns."""
        if step % AVERAGE_EVERY:
            return
        keep = min(AVERAGE, (step + 1) / (step + 20)) ** AVERAGE_EVERY
        for name, value in model.state_dict().items():
            self.weights[name].lerp_(value, 1 - keep)


def train(plan: Plan) -> None:
    """Run the whole plan and leave ``checkpoint.pt`` in ``plan.out``."""
    torch.manual_seed(plan.seed)
    torch.set_num_threads(2)
    plan.out.mkdir(parents=True, exist_ok=True)
    utterances = [utterance for folder in plan.corpus for utterance in load(folder)]
    held_out = load(plan.corpus[0] / "eval")[:EVALUATED]
    old = load_checkpoint(plan.init) if plan.init else None
    vocabulary, labels = build_vocabulary(), frame_labels_of(utterances)
    model = TinyWhisper(ModelSize(vocabulary=len(vocabulary.tokens), frame_labels=sum(labels.counts)))
    model.start_local()
    new_tokens = start_from(model, vocabulary, labels, old) if old else len(vocabulary.tokens)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    _say(f"{len(utterances)} utterances, {parameters} parameters, {new_tokens} new tokens")
    averaged, optimiser = Averaged(model), _optimiser(model, plan.learning_rate)
    maker = WindowMaker(utterances, vocabulary, labels, plan.seed)
    clock = _Clock(plan)
    batches = _batches(maker, plan, clock)
    recent: list[Losses] = []
    step, saved_at = 0, time.monotonic()

    def checkpoint() -> None:
        kept = Checkpoint(model.size, vocabulary, labels, averaged.weights, model.state_dict(), step)
        kept.save(plan.out / "checkpoint.pt")
        rate = greedy_error_rate(model, averaged.weights, vocabulary, held_out)
        _say(f"{clock.minutes:.1f} min, step {step}: CER {rate:.4f} on held-out sentences, greedy, in PyTorch")

    while (progress := clock.progress(step)) < 1:
        rate = plan.learning_rate * min(1, (step + 1) / WARM_UP_STEPS) * _cosine(progress)
        for group in optimiser.param_groups:
            group["lr"] = rate
        losses = losses_of(model, next(batches), labels.counts)
        optimiser.zero_grad(set_to_none=True)
        losses.total(progress).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        step += 1
        averaged.follow(model, step)
        recent.append(losses)
        if step % REPORT_STEPS == 0:
            _report(clock.minutes, step, rate, recent)
            recent = []
        if time.monotonic() - saved_at > SAVE_SECONDS:
            checkpoint()
            saved_at = time.monotonic()
    checkpoint()


class _Clock:
    """How far the run is: by time, or by steps where a number of steps is given."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._start = time.monotonic()
        self.last = 0.0

    @property
    def minutes(self) -> float:
        return (time.monotonic() - self._start) / 60

    def progress(self, step: int) -> float:
        self.last = step / self._plan.steps if self._plan.steps else self.minutes / self._plan.minutes
        return self.last


def _batches(maker: WindowMaker, plan: Plan, clock: _Clock) -> Iterator[Batch]:
    """Yield short windows first, then more and more full ones."""
    for groups in maker.batches(ENCODER_FRAMES):
        late = clock.last - plan.full_from
        share = 0.0 if late < 0 else min(plan.full_share, 0.15 + 3 * late)
        if maker.random.random() < share:
            windows = [maker.full() for _ in range(FULL_WINDOWS_PER_BATCH)]
        else:
            windows = [maker.short(group) for group in groups]
        yield collate(windows, maker.vocabulary)


def _optimiser(model: TinyWhisper, learning_rate: float) -> torch.optim.AdamW:
    """Decay matrices, but not embeddings, positions, biases and norms."""
    decayed: list[Tensor] = []
    plain: list[Tensor] = []
    for name, parameter in model.named_parameters():
        is_matrix = parameter.ndim >= 2 and name not in ("embedding.weight", "decoder_positions")
        (decayed if is_matrix else plain).append(parameter)
    groups = [{"params": decayed, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, 0.98), eps=1e-8, fused=True)


def _cosine(progress: float) -> float:
    """Fall from 1 to 0.03 along half a cosine."""
    return 0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


def _report(minutes: float, step: int, rate: float, recent: list[Losses]) -> None:
    def mean(values: list[float]) -> float:
        return sum(values) / len(values)

    _say(
        f"{minutes:.1f} min, step {step}, lr {rate:.1e}: "
        f"tokens {mean([float(losses.tokens.detach()) for losses in recent]):.3f} "
        f"frames {mean([float(losses.frames.detach()) for losses in recent]):.3f} "
        f"attention {mean([float(losses.attention.detach()) for losses in recent]):.3f} "
        f"token accuracy {mean([losses.token_accuracy for losses in recent]):.3f} "
        f"syllable accuracy {mean([losses.syllable_accuracy for losses in recent]):.3f}"
    )


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Train the demo model.")
    parser.add_argument("--corpus", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=80)
    parser.add_argument("--steps", type=int, help="train this many steps instead of --minutes")
    parser.add_argument("--init", type=Path, help="a checkpoint to go on from")
    parser.add_argument("--learning-rate", type=float, default=1.4e-3)
    parser.add_argument("--full-from", type=float, default=0.4, help="progress at which 30 s windows begin")
    parser.add_argument("--full-share", type=float, default=0.6, help="their largest share of all batches")
    parser.add_argument("--seed", type=int, default=1)
    train(Plan(**vars(parser.parse_args())))
