"""``qa-pipeline examples``: the two or three calls that open a course, as a pack that plays in class."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Optional

import typer

from qa_pipeline.cli import _options as opt


class Kind(StrEnum):
    """What the caller calls for."""

    CONSULT = "consult"
    COMPLAINT = "complaint"


class Format(StrEnum):
    """How the sounds are written."""

    MP3 = "mp3"
    FLAC = "flac"


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(examples)


def examples(
    folder: Annotated[str, typer.Argument(metavar="DIR|URL", help="score 写出的文件夹。 What `score` wrote.")],
    *,
    out: opt.OutUrl,
    count: Annotated[int, typer.Option("-n", min=2, max=6, help="选几通。 How many calls.")] = 3,
    theme: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--theme", metavar="RULE|KIND", help="主题：规则编号或 complaint、consult。 A rule, or a kind."),
    ] = None,
    kind: Annotated[
        Optional[Kind],  # noqa: UP045
        typer.Option("--kind", help="只要咨询或异议投诉。 Calls of one kind only."),
    ] = None,
    team: Annotated[Optional[str], typer.Option("--team", help="只要这个班组。 One team only.")] = None,  # noqa: UP045
    exclude: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--exclude", metavar="ID", help="不要这一通，可多次。 Leave out; repeat for more."),
    ] = None,
    spare: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--spare", metavar="AGENT", help="不拿这位坐席作反面案例。 Not shown at their worst."),
    ] = None,
    swap: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--swap", metavar="OLD=NEW", help="用另一通换掉选中的一通。 Put NEW in OLD's place."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="换一组差不多好的。 Another choice, about as good.")] = 0,
    transcripts: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--transcripts", metavar="DIR|URL", help="带词时间的转写。 Stored transcripts, for word times."),
    ] = None,
    sound: Annotated[Format, typer.Option("--format", help="录音格式。 Format of the sounds.")] = Format.MP3,
    agents: Annotated[bool, typer.Option("--agents", help="写出坐席工号。 Show who served.")] = False,
    overwrite: opt.Overwrite = False,
    quiet: opt.Quiet = False,
) -> None:
    """选出课程开场的两三通案例，做成课堂案例包。 Pick a course opener's calls and pack them for class."""
    from qa_pipeline.audio.encode import Encoding
    from qa_pipeline.cli._errors import reported
    from qa_pipeline.cli._pack import show_pack
    from qa_pipeline.examples.kinds import CallKind
    from qa_pipeline.examples.pack import make_pack
    from qa_pipeline.examples.wishes import Wishes, swaps

    with reported():
        wishes = Wishes(
            count=count,
            theme=theme,
            kind=CallKind(kind.value) if kind else None,
            team=team,
            exclude=tuple(exclude or ()),
            spare=tuple(spare or ()),
            swap=swaps(swap or ()),
            seed=seed,
        )
        pack = make_pack(
            folder,
            out,
            wishes,
            transcripts=transcripts,
            encoding=Encoding(sound.value),
            agents=agents,
            overwrite=overwrite,
        )
        if not quiet:
            show_pack(pack)
