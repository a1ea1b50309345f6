"""``heard_mood`` (听出的情绪): the voice itself sounds angry, sad, happy ... or laughter or crying is heard in it.

In a rule set::

    when:   {heard_mood: {role: customer, any: [angry], at_least: 2}}      # 客户至少两句听着生气
    forbid: {heard_mood: {role: agent, any: [angry, disgusted]}}
    when:   {heard_mood: {role: customer, any: [cry]}}

情绪和声音是识别模型从声音里听出来的，不看字。只有 SenseVoice 这样的模型会给（``--model 目录``，见
docs/telephone.md）；一句都没有给的通话判为无法判断。``any`` 里写它自己的词，小写：情绪 ``angry`` 生气、``sad`` 难过、
``happy`` 高兴、``fearful`` 害怕、``disgusted`` 厌恶、``surprised`` 惊讶、``neutral`` 平静；声音 ``laughter`` 笑、
``cry`` 哭、``bgm`` 音乐、``cough`` 咳嗽、``breath`` 喘气、``sneeze`` 喷嚏、``applause`` 掌声。``at_least`` 是至少几句，
默认一句。

How often the model is right on a telephone is not stated by its makers: use it beside words, never with ``veto``.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from pydantic import Field

from qa_pipeline.records import Evidence, Role, Utterance
from qa_pipeline.rules.operators import Operator, enough
from qa_pipeline.rules.view import CannotTell, View


class Mood(StrEnum):
    """What SenseVoice says of a stretch of speech: seven moods, seven sounds."""

    ANGRY = "angry"
    SAD = "sad"
    HAPPY = "happy"
    FEARFUL = "fearful"
    DISGUSTED = "disgusted"
    SURPRISED = "surprised"
    NEUTRAL = "neutral"
    LAUGHTER = "laughter"
    CRY = "cry"
    BGM = "bgm"
    COUGH = "cough"
    BREATH = "breath"
    SNEEZE = "sneeze"
    APPLAUSE = "applause"


_NAMES = {
    **{Mood.ANGRY: "生气", Mood.SAD: "难过", Mood.HAPPY: "高兴", Mood.FEARFUL: "害怕", Mood.DISGUSTED: "厌恶"},
    **{Mood.SURPRISED: "惊讶", Mood.NEUTRAL: "平静", Mood.LAUGHTER: "笑声", Mood.CRY: "哭声", Mood.BGM: "音乐"},
    **{Mood.COUGH: "咳嗽", Mood.BREATH: "喘气", Mood.SNEEZE: "喷嚏", Mood.APPLAUSE: "掌声"},
}


class HeardMood(Operator):
    """The parameters. ``role``: whose voice (default: the scope's)."""

    any_of: list[Mood] = Field(alias="any", min_length=1)
    role: Role | None = None
    at_least: int = Field(default=1, ge=1)

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield the utterances that sound like it, in time order; nothing where there are too few."""
        if not any(u.emotion or u.sounds for u in view.call.utterances):
            raise CannotTell("识别模型没有给出情绪 the recogniser does not hear moods")
        found = []
        for passage in view.passages(self.role):
            for (start, end), utterance in zip(passage.extents, passage.utterances, strict=True):
                told = [mood for mood in self.any_of if mood in _heard(utterance)]
                if told:
                    names = "、".join(_NAMES[mood] for mood in told)
                    found.append(view.hit(passage, start, end, f"声音听着像{names}"))
        yield from enough(found, self.at_least)


def _heard(utterance: Utterance) -> tuple[str, ...]:
    return (*utterance.sounds, utterance.emotion) if utterance.emotion else utterance.sounds
