"""Calls with times of their own: ``timed("1.0-4.0 客服: 您好，请讲", "3.2-6.0 客户: 我家没有暖气")``.

``speech`` gives each channel's unpadded spans (0 is the agent's), ``loud`` each line's level; both as the sound would.
"""

import re
from collections.abc import Sequence

from hypothesis import strategies as st

from qa_pipeline.features import CallFeatures, call_features
from qa_pipeline.features.speech import union
from qa_pipeline.records import ChannelSound, Role, Span, Transcript, Utterance
from qa_pipeline.rules.operators import operator
from qa_pipeline.rules.view import CannotTell, View

ROLES = {"客服": Role.AGENT, "客户": Role.CUSTOMER, "某人": Role.UNKNOWN}
CHANNELS = {Role.AGENT: 0, Role.CUSTOMER: 1, Role.UNKNOWN: 0}
LINE = re.compile(r"(?P<start>[\d.]+)-(?P<end>[\d.]+)\s+(?P<who>客服|客户|某人)[:：]\s*(?P<text>.*)", re.DOTALL)

Spans = Sequence[tuple[float, float]]


def timed(
    *lines: str,
    speech: Sequence[Spans] | None = None,
    loud: Sequence[float | None] = (),
    sound: Sequence[ChannelSound] | None = None,
    duration: float | None = None,
    channels: int = 2,
    metadata: dict | None = None,
) -> CallFeatures:
    """The call in which ``lines`` are said at their times; it lasts until the last of them unless told otherwise."""
    utterances = []
    for number, line in enumerate(lines):
        said = LINE.fullmatch(line)
        if said is None:
            raise ValueError(f"not a timed line: {line!r}")
        role = ROLES[said["who"]]
        channel = CHANNELS[role] if channels > 1 else 0
        level = loud[number] if number < len(loud) else None
        start, end = float(said["start"]), float(said["end"])
        utterances.append(Utterance(role, channel, start, end, said["text"], loudness_db=level))
    utterances.sort(key=lambda u: (u.start, u.channel))
    spans = None if speech is None else tuple(tuple(Span(*span) for span in side) for side in speech)
    ends = [u.end for u in utterances] + [span.end for side in spans or () for span in side]
    roles = {0: Role.AGENT, 1: Role.CUSTOMER} if channels > 1 else {}
    return call_features(
        Transcript(
            "test",
            max(ends, default=0.0) if duration is None else duration,
            channels,
            tuple(utterances),
            speech=spans,
            channel_roles=roles,
            sound=None if sound is None else tuple(sound),
        ),
        metadata,
    )


def refusal(name: str, parameters: dict, features: CallFeatures) -> str:
    """Why the operator cannot tell; empty where it can."""
    try:
        list(operator(name).model_validate(parameters).find(View.of(features)))
    except CannotTell as reason:
        return str(reason)
    return ""


_WORDS = st.text(alphabet="您好嗯对哈的那个就是然后先再见挂了喂请稍等一二三ab，。？ ", max_size=30)
_TIMES = st.integers(0, 600).map(lambda tenth: tenth / 10)
_SPANS = st.lists(st.tuples(_TIMES, st.floats(0.05, 12)), max_size=8).map(
    lambda spans: [(s.start, s.end) for s in union(Span(start, start + length) for start, length in spans)]
)


@st.composite
def _features(draw: st.DrawFn) -> CallFeatures:
    channels = draw(st.sampled_from([1, 2, 2, 2]))
    said = draw(
        st.lists(st.tuples(st.sampled_from(sorted(ROLES)), _TIMES, st.floats(0, 12), _WORDS), min_size=0, max_size=10)
    )
    lines = [f"{start:.2f}-{start + length:.2f} {who}: {words}" for who, start, length, words in said]
    level = st.none() | st.floats(-60, 0)
    sound = st.builds(ChannelSound, level, st.floats(-100, 0), level, st.floats(0, 1))
    return timed(
        *lines,
        channels=channels,
        speech=draw(st.none() | st.lists(_SPANS, min_size=channels, max_size=channels)),
        loud=draw(st.lists(level, max_size=10)),
        sound=draw(st.none() | st.lists(sound, min_size=channels, max_size=channels)),
        metadata=draw(st.dictionaries(st.sampled_from(["hangup_by", "ring_s"]), st.text(max_size=5) | st.floats())),
    )


TIMED_CALLS = _features()
"""Calls with any times: nobody speaks, both at once, one over himself, words with no speech and speech with no words."""
