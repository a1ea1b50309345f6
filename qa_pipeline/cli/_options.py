"""Options that several commands share, each with its help text."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Optional

import typer

from qa_pipeline.cli._durations import duration, time_of_day


class Device(StrEnum):
    """Where the recogniser runs."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


class Engine(StrEnum):
    """Where workers run."""

    LOCAL = "local"
    RAY = "ray"


Sources = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer reads the annotation at run time
    typer.Argument(
        metavar="SOURCES",
        help="录音、文件夹、通配符、s3:// 或转写 JSON。 Recordings, folders, globs, URLs, stored transcripts.",
    ),
]
Out = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="输出文件夹。 Output folder.")]
RuleSet = Annotated[str, typer.Option("--ruleset", "-r", metavar="NAME|PATH", help="规则集。 Rule set.")]
ByDate = Annotated[
    bool, typer.Option("--by-date", help="按通话当天生效的版本。 Judge by the version in force on the call's day.")
]
Model = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--model",
        metavar="NAME|DIR",
        help="模型名、模型目录或 demo。 Hub name, directory (Whisper, SenseVoice ...), demo. (default: what suits)",
    ),
]
DeviceOption = Annotated[Device, typer.Option("--device", help="运行设备。 Where the model runs.")]
ComputeType = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--compute-type", metavar="TYPE", help="如 int8、float16。 As CTranslate2 names it."),
]
BatchSize = Annotated[int, typer.Option("--batch-size", min=1, help="一次识别的片段数。 Pieces recognised at once.")]
BeamSize = Annotated[int, typer.Option("--beam-size", min=1, help="束宽。 Beam width.")]
Language = Annotated[str, typer.Option("--language", metavar="CODE", help="语言。 Language spoken.")]
Diarization = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--diarization",
        metavar="DIR",
        help="单声道分人声的模型文件夹。 Models that tell the voices of mono calls apart.",
    ),
]
Jobs = Annotated[
    Optional[int],  # noqa: UP045
    typer.Option("--jobs", "-j", min=1, help="进程数。 Processes. (default: what fits)"),
]
Manifest = Annotated[
    Optional[str],  # noqa: UP045 - a URL is no Path
    typer.Option("--manifest", metavar="FILE", help="通话清单，CSV 或 Parquet。 What is known of each call."),
]
AgentChannel = Annotated[
    str, typer.Option("--agent-channel", metavar="auto|left|right|N", help="客服声道。 The agent's channel.")
]
Vocabulary = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--vocabulary", metavar="FILE", help="本单位的专有名词。 Names that calls here are full of."),
]
Reference = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--reference", metavar="DIR", help="参考文本，算字错率。 What was said: gives CER, quality.json."),
]
EngineOption = Annotated[
    Engine, typer.Option("--engine", help="本机进程或 Ray 集群。 Processes here, or a Ray cluster.")
]
RayAddress = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--ray-address", metavar="ADDRESS", help="Ray 集群地址，如 auto。 The cluster. (default: this machine)"
    ),
]
Store = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--store", metavar="DIR|none", help="共用的转写库。 Transcripts kept and shared. (default: in --out)"),
]
Patience = Annotated[
    float, typer.Option("--patience", metavar="TIMES", help="超过预计用时多少倍就放弃一条录音。 When to give one up.")
]
WorkerMemory = Annotated[
    Optional[float],  # noqa: UP045
    typer.Option("--worker-memory", metavar="GIB", help="每个进程最多用多少内存。 What a process may take."),
]
OutUrl = Annotated[
    str, typer.Option("--out", "-o", metavar="DIR|URL", help="输出文件夹或 s3://。 Output folder, or a URL.")
]
WorkDir = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--work-dir", metavar="DIR", help="写 s3:// 时的本机工作目录。 For output to a URL. (default: cache)"),
]
Priority = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--priority", metavar="COLUMN", help="清单中的一列，数大者先做。 Higher goes first."),
]
TimeBudget = Annotated[
    Optional[float],  # noqa: UP045
    typer.Option(
        "--time-budget",
        metavar="10h",
        parser=duration,
        help="到时不再开始新的，退出码 3。 Begin nothing ending later.",
    ),
]
VadThreshold = Annotated[float, typer.Option("--vad-threshold", help="人声概率下限。 Speech is at least so likely.")]
VadMinSpeech = Annotated[float, typer.Option("--vad-min-speech-s", help="更短的不算人声。 Shorter is no speech.")]
VadMinSilence = Annotated[float, typer.Option("--vad-min-silence-s", help="更短的停顿不断开。 Shorter is no pause.")]
VadPad = Annotated[float, typer.Option("--vad-pad-s", help="人声前后多听多少。 Heard around speech as well.")]
Follow = Annotated[bool, typer.Option("--follow", help="监视文件夹，来一个做一个。 Watch folders; score what lands.")]
Settle = Annotated[
    float,
    typer.Option("--settle", metavar="5s", parser=duration, help="多久不变才算写完。 Unchanged so long: whole."),
]
Until = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--until", metavar="HH:MM", parser=time_of_day, help="监视到几点。 Stop watching then."),
]
Idle = Annotated[
    Optional[float],  # noqa: UP045
    typer.Option("--idle", metavar="30m", parser=duration, help="多久没有新录音就结束。 Stop when nothing lands."),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="只看要做什么、大约多久。 What would be done, and how long it takes.")
]
LogJson = Annotated[bool, typer.Option("--log-json", help="每行一个 JSON，写到 stderr。 One JSON object a line.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="替换已有结果。 Replace an earlier run in DIR.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="只报错误。 Print errors only.")]
AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出结果。 Print the summary as JSON.")]
