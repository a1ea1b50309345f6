"""Calls for the operators' tests, written as a dialogue: ``call("客服: 您好", "客户: 我家没暖气")``.

Each line is one utterance; its time follows from its length. A line may say when it begins: ``"12.5 客户: 喂"``.
"""

import re

from hypothesis import strategies as st

from qa_pipeline.features import CallFeatures, call_features
from qa_pipeline.records import Evidence, Role, Transcript, Utterance
from qa_pipeline.rules.operators import Operator, operator
from qa_pipeline.rules.view import CannotTell, View

ROLES = {"客服": Role.AGENT, "客户": Role.CUSTOMER, "某人": Role.UNKNOWN}
CHANNELS = {Role.AGENT: 0, Role.CUSTOMER: 1, Role.UNKNOWN: 0}
LINE = re.compile(r"(?:(?P<start>\d+(?:\.\d+)?)\s+)?(?P<who>客服|客户|某人)[:：]\s*(?P<text>.*)", re.DOTALL)


def call(*lines: str, gap: float = 0.4, rate: float = 4.5, metadata: dict | None = None) -> CallFeatures:
    """The call in which ``lines`` are said one after the other, ``gap`` seconds apart, at ``rate`` 字 a second."""
    utterances, now = [], 0.5
    for line in lines:
        said = LINE.fullmatch(line)
        if said is None:
            raise ValueError(f"not a line of a dialogue: {line!r}")
        role, text = ROLES[said["who"]], said["text"]
        start = float(said["start"]) if said["start"] else now
        end = start + max(0.4, len(text) / rate)
        utterances.append(Utterance(role, CHANNELS[role], start, end, text))
        now = end + gap
    channels = 1 if all(u.role is Role.UNKNOWN for u in utterances) else 2
    utterances.sort(key=lambda u: (u.start, u.channel))
    duration = max([now, *(u.end for u in utterances)]) + 0.5
    return call_features(Transcript("test", duration, channels, tuple(utterances)), metadata)


def found(name: str, parameters: dict, features: CallFeatures) -> list[Evidence]:
    """What the operator ``name`` finds in the call. Raises what it raises."""
    made: Operator = operator(name).model_validate(parameters)
    return list(made.find(View.of(features)))


def found_anywhere(name: str, parameters: dict, features: CallFeatures) -> list[Evidence]:
    """What the operator finds; nothing where it says that the call cannot show it."""
    try:
        return found(name, parameters, features)
    except CannotTell:
        return []


def matched(name: str, parameters: dict, *lines: str) -> list[str]:
    """The words that the operator ``name`` finds in a dialogue."""
    return [evidence.matched for evidence in found(name, parameters, call(*lines))]


def inside(features: CallFeatures, evidence: list[Evidence]) -> bool:
    """Whether every piece of evidence lies within its call, the right way round and in time order."""
    within = all(0 <= e.start <= e.end <= features.duration for e in evidence)
    return within and [e.start for e in evidence] == sorted(e.start for e in evidence)


SAID = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="您好我家暖气不热什么时候吗一二三零幺138的了是電話號碼，。？ 😀", max_size=60),
    st.lists(
        st.sampled_from(["您贵姓", "幺三八零零幺三八零零零", "我家住阳光小区三号楼", "这是规定", "气死我了"]),
        max_size=5,
    ).map("".join),
)
"""Anything a recogniser might write, and much that it never would."""

DIALOGUES = st.lists(
    st.tuples(st.sampled_from(["客服", "客户", "某人"]), SAID).map(": ".join), min_size=1, max_size=8
).map(lambda lines: call(*lines))
"""Calls of any text, with both sides heard or not."""
