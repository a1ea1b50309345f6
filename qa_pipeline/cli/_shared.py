"""The options that ``score`` and ``transcribe`` share: written once, added to a command by a decorator."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Any, get_type_hints

from qa_pipeline.cli import _options as opt
from qa_pipeline.cli._durations import seconds_until


def _run_options(
    *,
    sources: opt.Sources = None,
    out: opt.OutUrl,
    model: opt.Model = None,
    device: opt.DeviceOption = opt.Device.AUTO,
    compute_type: opt.ComputeType = None,
    jobs: opt.Jobs = None,
    engine: opt.EngineOption = opt.Engine.LOCAL,
    ray_address: opt.RayAddress = None,
    manifest: opt.Manifest = None,
    agent_channel: opt.AgentChannel = "auto",
    batch_size: opt.BatchSize = 8,
    beam_size: opt.BeamSize = 5,
    language: opt.Language = "zh",
    diarization: opt.Diarization = None,
    vocabulary: opt.Vocabulary = None,
    store: opt.Store = None,
    patience: opt.Patience = 10.0,
    worker_memory_gb: opt.WorkerMemory = None,
    priority: opt.Priority = None,
    time_budget_s: opt.TimeBudget = None,
    vad_threshold: opt.VadThreshold = 0.5,
    vad_min_speech_s: opt.VadMinSpeech = 0.1,
    vad_min_silence_s: opt.VadMinSilence = 0.3,
    vad_pad_s: opt.VadPad = 0.2,
    follow: opt.Follow = False,
    settle_s: opt.Settle = 5.0,
    until: opt.Until = None,
    idle_s: opt.Idle = None,
    work_dir: opt.WorkDir = None,
    log_json: opt.LogJson = False,
    dry_run: opt.DryRun = False,
    overwrite: opt.Overwrite = False,
) -> None:
    """Named as the keyword arguments of ``qa_pipeline.score``; ``out`` has no default."""


_VAD = ("threshold", "min_speech_s", "min_silence_s", "pad_s")


def with_run_options(command: Callable[..., None]) -> Callable[..., None]:
    """``command`` with the shared options before its own; it takes their values as keyword arguments ``request``."""
    shared = dict(inspect.signature(_run_options).parameters)
    own = {
        name: parameter
        for name, parameter in inspect.signature(command).parameters.items()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD and name not in shared
    }

    def called(**values: Any) -> None:
        from qa_pipeline.engines.options import VadOptions

        values["sources"] = values["sources"] or ()
        values["vad"] = VadOptions(**{name: values.pop(f"vad_{name}") for name in _VAD})
        if (until := values.pop("until")) is not None:
            values["follow_s"] = seconds_until(until, datetime.now())
        command(**{name: value.value if isinstance(value, Enum) else value for name, value in values.items()})

    hints = get_type_hints(command, include_extras=True) | get_type_hints(_run_options, include_extras=True)
    merged = [parameter.replace(annotation=hints[name]) for name, parameter in (shared | own).items()]
    called.__name__, called.__doc__ = command.__name__, command.__doc__
    called.__annotations__ = {parameter.name: parameter.annotation for parameter in merged}
    called.__signature__ = inspect.Signature(merged)  # type: ignore[attr-defined]
    return called
