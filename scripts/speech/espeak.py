"""Text to speech in this process: libespeak-ng through ctypes, with the exact time of every character.

>>> from scripts.speech.espeak import speak
>>> from scripts.speech.voices import VOICES
>>> speech = speak("您好，请讲。", VOICES["hong"])
>>> [character.char for character in speech.characters]
['您', '好', '请', '讲']

Needs the system package ``espeak-ng`` (1.51 was used). The library keeps one voice and one callback per process, so
``speak`` is not thread-safe; use processes. Its slow pitch wobble runs on from text to text: a fresh process that
speaks the same texts in the same order gives the same samples, but a text spoken twice differs a little.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scripts.speech.telephone import TELEPHONE_RATE, resample
from scripts.speech.voices import Voice

SPEECH_RATE = 22_050
"""Samples per second of what espeak-ng produces."""

_PEAK = 0.6
_SILENT_BELOW = 0.006
_MARGIN_S = 0.03
_LONGEST_CHARACTER_S = 0.6

_HAN = re.compile(r"[\u4e00-\u9fff]")
_SPEAKABLE = re.compile(r"[\u4e00-\u9fff，。？！、；：…—\s]*")

# espeak-ng/speak_lib.h
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_PHONEME_EVENTS = 1
_CHARS_UTF8 = 1
_RATE, _VOLUME, _PITCH, _PITCH_RANGE = 1, 2, 3, 4
_EVENT_END_OF_LIST, _EVENT_WORD, _EVENT_END, _EVENT_PHONEME = 0, 1, 5, 7


class UnspeakableTextError(ValueError):
    """The text holds something that does not become exactly one Mandarin syllable per Han character."""


class Character(NamedTuple):
    """A Han character and when it is heard, in seconds from the first sample."""

    char: str
    start: float
    end: float


class Syllable(NamedTuple):
    """How a character is pronounced, in espeak's phoneme names: ``("z.o-", "51")``."""

    base: str
    tone: str


class Phoneme(NamedTuple):
    """An espeak phoneme name (pauses begin with ``_``) and the second at which it starts."""

    name: str
    start: float


@dataclass(frozen=True)
class Speech:
    """One utterance, trimmed to 30 ms of silence on either side.

    ``samples`` is ``(n,) float32``, peak 0.6, ``rate`` samples per second. ``characters`` and ``syllables`` run
    parallel, one item per Han character of ``text``.
    """

    text: str
    voice: Voice
    samples: NDArray[np.float32]
    rate: int
    characters: tuple[Character, ...]
    syllables: tuple[Syllable, ...]
    phonemes: tuple[Phoneme, ...]

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate

    def at_rate(self, rate: int) -> Speech:
        """Return the same speech at another sampling rate; times do not change."""
        return replace(self, samples=resample(self.samples, self.rate, rate), rate=rate)

    def telephone(self) -> Speech:
        """Return the same speech at 8 kHz (not yet band-limited or companded: see ``scripts.speech.telephone``)."""
        return self.at_rate(TELEPHONE_RATE)


def speak(text: str, voice: Voice) -> Speech:
    """Synthesise ``text`` (Han characters and Chinese punctuation; write numbers out: ``一二三四五``).

    Raises ``UnspeakableTextError`` for digits, Latin letters, and characters that espeak-ng does not know.
    """
    if not _SPEAKABLE.fullmatch(text) or not _HAN.search(text):
        raise UnspeakableTextError(f"only Han characters and Chinese punctuation can be spoken: {text!r}")
    samples, events = _engine().synthesise(text, voice)
    loudness = np.abs(samples)
    heard = np.flatnonzero(loudness > _SILENT_BELOW * loudness.max() / _PEAK) if len(samples) else samples
    if len(heard) == 0:
        raise UnspeakableTextError(f"espeak-ng says nothing for {text!r}")
    margin = round(_MARGIN_S * SPEECH_RATE)
    first = max(0, int(heard[0]) - margin)
    kept = samples[first : int(heard[-1]) + margin] * np.float32(_PEAK / loudness.max())
    begin, duration = first / SPEECH_RATE, len(kept) / SPEECH_RATE
    return Speech(
        text,
        voice,
        kept,
        SPEECH_RATE,
        _characters(text, events, begin, duration),
        _syllables(text),
        tuple(Phoneme(e.name, max(0.0, e.time - begin)) for e in events if e.type == _EVENT_PHONEME),
    )


class _Event(NamedTuple):
    """An event of the engine: ``position`` counts characters of the text from 0."""

    type: int
    time: float
    position: int
    name: str


def _characters(text: str, events: list[_Event], begin: float, duration: float) -> tuple[Character, ...]:
    """Give every Han character the time from its own word event to the next event."""
    starts = {event.position: event.time - begin for event in events if event.type == _EVENT_WORD}
    bounds = sorted(event.time - begin for event in events if event.type in (_EVENT_WORD, _EVENT_END))
    characters = []
    for match in _HAN.finditer(text):
        start = starts.get(match.start())
        if start is None:
            raise UnspeakableTextError(f"espeak-ng gives no time for {match.group()} in {text!r}")
        following = next((bound for bound in bounds if bound > start + 1e-4), duration)
        end = min(following, start + _LONGEST_CHARACTER_S, duration)
        characters.append(Character(match.group(), max(0.0, start), max(0.0, end)))
    return tuple(characters)


def _syllables(text: str) -> tuple[Syllable, ...]:
    """Ask espeak-ng for the phonemes of ``text``; every Han character must give exactly one syllable."""
    found = []
    for group in _engine().phonemes(text).split("|"):
        plain = re.sub(r"[\s'_,!%=:]|\(.*?\)", "", group)
        base = re.sub(r"\d", "", plain)
        if base:
            found.append(Syllable(base, "".join(re.findall(r"\d", plain))))
    if len(found) != len(_HAN.findall(text)):
        raise UnspeakableTextError(f"{len(found)} syllables for {text!r}")
    return tuple(found)


class _EventId(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _EspeakEvent(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    )


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_EspeakEvent))


class _Engine:
    """The library, its one callback, and the voice that is loaded."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL("libespeak-ng.so.1")
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self._audio: list[NDArray[np.int16]] = []
        self._events: list[_Event] = []
        self._voice = ""
        rate = self._library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 0, None, _PHONEME_EVENTS)
        if rate != SPEECH_RATE:
            raise RuntimeError(f"espeak-ng starts with {rate} samples per second, {SPEECH_RATE} expected")
        self._callback: Callable[..., Any] = _CALLBACK(self._receive)  # kept: C holds a bare pointer to it
        self._library.espeak_SetSynthCallback(self._callback)

    def synthesise(self, text: str, voice: Voice) -> tuple[NDArray[np.float32], list[_Event]]:
        """Return the untrimmed samples (any scale) and the events of one text."""
        self._audio.clear()
        self._events.clear()
        self._load(voice.espeak_name)
        settings = (
            (_RATE, voice.rate),
            (_VOLUME, 100),
            (_PITCH, voice.pitch),
            (_PITCH_RANGE, voice.pitch_range),
        )
        for parameter, value in settings:
            self._library.espeak_SetParameter(parameter, value, 0)
        data = text.encode() + b"\0"
        self._library.espeak_Synth(data, len(data), 0, 1, 0, _CHARS_UTF8, None, None)
        self._library.espeak_Synchronize()
        if not self._audio:
            return np.zeros(0, np.float32), []
        return np.concatenate(self._audio).astype(np.float32), list(self._events)

    def phonemes(self, text: str) -> str:
        """Return the phoneme names of ``text`` in the voice loaded last, clauses and syllables separated by ``|``."""
        buffer = ctypes.create_string_buffer(text.encode() + b"\0")
        rest = ctypes.c_void_p(ctypes.addressof(buffer))
        clauses: list[str] = []
        while rest.value:
            clause = self._library.espeak_TextToPhonemes(ctypes.byref(rest), _CHARS_UTF8, 0)
            clauses.append(clause.decode() if clause else "")
        return "|".join(clauses)

    def _load(self, name: str) -> None:
        if name != self._voice:
            if self._library.espeak_SetVoiceByName(name.encode()) != 0:
                raise RuntimeError(f"espeak-ng has no voice {name}")
            self._voice = name

    def _receive(self, wave: Any, count: int, events: Any) -> int:
        """Collect what the library hands over; it calls this many times per text."""
        if wave and count > 0:
            self._audio.append(np.ctypeslib.as_array(wave, shape=(count,)).copy())
        index = 0
        while events and events[index].type != _EVENT_END_OF_LIST:
            event = events[index]
            name = ""
            if event.type == _EVENT_PHONEME:
                name = bytes(event.id.string).split(b"\0")[0].decode("utf-8", "ignore")
            self._events.append(_Event(event.type, event.audio_position / 1000, event.text_position - 1, name))
            index += 1
        return 0


@cache
def _engine() -> _Engine:
    return _Engine()
