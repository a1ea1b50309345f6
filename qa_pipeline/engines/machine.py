"""What this machine has, as far as it decides how many processes to start."""

from __future__ import annotations

import os
from pathlib import Path

# What a process needs beside its model's weights: libraries, activations, one decoded recording.
_BESIDE_MODEL_BYTES = 700 * 2**20


def usable_cores() -> int:
    """CPU cores that this process may use: its affinity, and under it a container's quota, rounded up."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return max(1, min(cores, -(-int(quota) // int(period))))
    except (OSError, ValueError):  # no quota, or "max"
        return max(1, cores)


def available_bytes() -> int | None:
    """Memory that can be taken without swapping; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration):
        return None


def default_jobs(recordings: int, *, cores: int, model_bytes: int, memory: int | None) -> int:
    """As many processes as there are cores and recordings, and as models fit into ``memory`` bytes; at least 1."""
    fitting = cores if memory is None else memory // (2 * model_bytes + _BESIDE_MODEL_BYTES)
    return max(1, min(cores, recordings, fitting))
