"""How a pack of examples looks in a terminal: which calls, why, who could stand in, and what to open."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from qa_pipeline.examples.material import code_of
from qa_pipeline.examples.pack import Pack
from qa_pipeline.examples.page import clock

_STYLES = {"good": "green", "bad": "red", "other": "magenta"}


def show_pack(pack: Pack) -> None:
    """Print the choice on stdout: real recording ids, since this is the desk."""
    console = Console(markup=False, highlight=False, emoji=False)
    console.print(f"从 {pack.choice.considered} 通里选出 {len(pack.materials)} 通 chosen of {pack.choice.considered}:")
    for one in pack.materials:
        call = one.pick.call
        style = _STYLES[one.pick.place.value]
        facts = f"{call.score:g} 分  {call.kind.label}  {call.queue or ''}  {clock(one.duration)}  {call.agent or ''}"
        console.print(
            Text.assemble((f"\n{one.title} ", "bold"), (one.pick.place.label, style), f"  {call.recording_id}")
        )
        console.print(Text(f"  {facts}", style="dim"), soft_wrap=True)
        for part in one.pick.parts:
            console.print(f"  {part.value:4.1f}  {part.name}  {part.why}", soft_wrap=True)
        for runner in one.pick.runners_up:
            swap = f"--swap {call.recording_id}={runner.call.recording_id}"
            console.print(
                Text(f"  候补 {runner.difference:+.1f}  {runner.call.score:g} 分  {swap}", style="dim"), soft_wrap=True
            )
    _show_rest(console, pack)


def _show_rest(console: Console, pack: Pack) -> None:
    masked = sum(len(one.taken) for one in pack.materials)
    console.print(f"\n遮蔽了 {masked} 处个人信息 pieces masked: {pack.out}/audit.json", soft_wrap=True)
    for note in (*pack.choice.notes, *pack.warnings):
        console.print(Text(f"! {note}", style="yellow"), soft_wrap=True)
    codes = "  ".join(f"{one.title}={code_of(one.pick.call.recording_id)}" for one in pack.materials)
    console.print(Text(f"编号 codes: {codes}", style="dim"), soft_wrap=True)
    console.print(Text(f"课堂页 the page for class: {pack.page}", style="bold"), soft_wrap=True)
