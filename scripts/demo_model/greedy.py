"""A quick look during training: greedy decoding in PyTorch, and the character error rate."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from scripts.demo_model.corpus import Utterance
from scripts.demo_model.features import WINDOW_FRAMES, normalise
from scripts.demo_model.model import TinyWhisper
from scripts.demo_model.sentences import normalised
from scripts.demo_model.vocabulary import Vocabulary

_LONGEST = 45


def edit_distance(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    """Return the fewest insertions, deletions and substitutions between the two (Levenshtein)."""
    row = list(range(len(hypothesis) + 1))
    for number, wanted in enumerate(reference, start=1):
        above = row
        row = [number]
        for place, got in enumerate(hypothesis):
            row.append(min(row[-1] + 1, above[place + 1] + 1, above[place] + (wanted != got)))
    return row[-1]


@torch.no_grad()
def greedy_error_rate(
    model: TinyWhisper,
    weights: dict[str, Tensor],
    vocabulary: Vocabulary,
    utterances: list[Utterance],
    batch_size: int = 24,
) -> float:
    """Return the CER without punctuation of ``model`` with other ``weights``, one utterance per 30 s window."""
    own = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(weights)
    wrong = total = 0
    for first in range(0, len(utterances), batch_size):
        some = utterances[first : first + batch_size]
        for utterance, heard in zip(some, _transcribe(model, vocabulary, some), strict=True):
            reference = normalised(utterance.text)
            wrong += edit_distance(reference, normalised(heard))
            total += len(reference)
    model.load_state_dict(own)
    return wrong / total


def _transcribe(model: TinyWhisper, vocabulary: Vocabulary, utterances: list[Utterance]) -> list[str]:
    features = torch.zeros(len(utterances), 80, WINDOW_FRAMES)
    for number, utterance in enumerate(utterances):
        features[number, :, : utterance.frames] = torch.from_numpy(normalise(utterance.features.astype("float32")).T)
    start = [vocabulary.special(name) for name in ("startoftranscript", "zh", "transcribe", "notimestamps")]
    tokens = torch.tensor([start] * len(utterances))
    with torch.autocast("cpu", torch.bfloat16):
        heard = model.encode(features)
        for _ in range(_LONGEST):
            states, _ = model.decode(tokens, heard)
            following = model.logits(states[:, -1]).argmax(-1)
            tokens = torch.cat([tokens, following[:, None]], dim=1)
    texts = []
    for row in tokens[:, len(start) :].tolist():
        end = row.index(vocabulary.end_of_text) if vocabulary.end_of_text in row else len(row)
        texts.append(vocabulary.decode(row[:end]))
    return texts
