"""The options that ``score`` and ``transcribe`` share: written once, added to a command by a decorator."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from enum import Enum
from typing import Any, get_type_hints

from qa_pipeline.cli import _options as opt


def _run_options(
    *,
    sources: opt.Sources = None,
    out: opt.Out,
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
    overwrite: opt.Overwrite = False,
) -> None:
    """Named as the keyword arguments of ``qa_pipeline.score``; ``out`` has no default."""


def with_run_options(command: Callable[..., None]) -> Callable[..., None]:
    """``command`` with the shared options before its own; it takes their values as keyword arguments ``request``."""
    shared = dict(inspect.signature(_run_options).parameters)
    own = {
        name: parameter
        for name, parameter in inspect.signature(command).parameters.items()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD and name not in shared
    }

    def called(**values: Any) -> None:
        values["sources"] = values["sources"] or ()
        command(**{name: value.value if isinstance(value, Enum) else value for name, value in values.items()})

    hints = get_type_hints(command, include_extras=True) | get_type_hints(_run_options, include_extras=True)
    merged = [parameter.replace(annotation=hints[name]) for name, parameter in (shared | own).items()]
    called.__name__, called.__doc__ = command.__name__, command.__doc__
    called.__annotations__ = {parameter.name: parameter.annotation for parameter in merged}
    called.__signature__ = inspect.Signature(merged)  # type: ignore[attr-defined]
    return called
