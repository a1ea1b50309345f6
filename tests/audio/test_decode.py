import os
import struct
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio.decode import SAMPLE_RATE, decode
from qa_pipeline.audio.probe import probe
from qa_pipeline.errors import RecordingError, Stage
from tests.audio.files import encoded, pitch, tones, write
from tests.audio.make_fixtures import FIXTURES

FORMS = [
    ("wav", "pcm_u8"),
    ("wav", "pcm_s16le"),
    ("wav", "pcm_s24le"),
    ("wav", "pcm_f32le"),
    ("wav", "pcm_alaw"),
    ("wav", "pcm_mulaw"),
    ("wav", "adpcm_ima_wav"),
    ("mp3", "libmp3lame"),
    ("amr", "libopencore_amrnb"),
    ("ogg", "libopus"),
    ("flac", "flac"),
    ("ipod", "aac"),
    ("au", "pcm_mulaw"),
    ("matroska", "libopus"),
]


@pytest.mark.parametrize(("container", "codec"), FORMS)
def test_decodes_what_telephony_writes(tmp_path: Path, container: str, codec: str) -> None:
    path = write(tmp_path / "call.bin", tones(), container, codec)
    sound = decode(path)
    assert sound.channels.dtype == np.float32
    assert sound.channels.shape[0] == 1
    assert sound.duration == pytest.approx(2.0, abs=0.2)
    assert pitch(sound.channels[0]) == pytest.approx(440, abs=5)
    assert 0.3 < np.abs(sound.channels).max() <= 1.0
    assert sound.warnings == ()


@pytest.mark.parametrize("name", ["tone.gsm", "tone_wav49.wav"])
def test_decodes_gsm(name: str) -> None:
    sound = decode(FIXTURES / name)
    assert sound.duration == pytest.approx(1.0, abs=0.1)
    assert pitch(sound.channels[0]) == pytest.approx(440, abs=5)
    assert probe(FIXTURES / name).codec in ("gsm", "gsm_ms")


@pytest.mark.parametrize(("suffix", "form"), [(".alaw", "alaw"), (".ulaw", "mulaw")])
def test_headerless_g711_is_told_by_its_extension(tmp_path: Path, suffix: str, form: str) -> None:
    path = write(tmp_path / f"call{suffix}", tones(), form, f"pcm_{form}")
    assert pitch(decode(path).channels[0]) == pytest.approx(440, abs=5)


@pytest.mark.parametrize("frequencies", [(300,), (300, 500), (300, 500, 700), (300, 500, 700, 900)])
@pytest.mark.parametrize("form", [("wav", "pcm_s16le"), ("flac", "flac")])
def test_every_channel_stays_its_own(tmp_path: Path, frequencies: tuple[int, ...], form: tuple[str, str]) -> None:
    path = write(tmp_path / "call", tones(frequencies=frequencies), *form)
    channels = decode(path).channels
    assert len(channels) == probe(path).channels == len(frequencies)
    assert [pitch(channel) for channel in channels] == pytest.approx(frequencies, abs=5)


def test_other_sample_rates_arrive_at_16_khz(tmp_path: Path) -> None:
    for rate in (8_000, 11_025, 16_000, 44_100, 48_000):
        sound = decode(write(tmp_path / "call.wav", tones(rate=rate), rate=rate))
        assert sound.channels.shape[1] == pytest.approx(2 * SAMPLE_RATE, abs=40)
        assert pitch(sound.channels[0]) == pytest.approx(440, abs=5)


def test_probe_reads_the_header(tmp_path: Path) -> None:
    info = probe(write(tmp_path / "call.wav", tones(frequencies=(300, 500)), codec="pcm_alaw"))
    assert (info.codec, info.sample_rate, info.channels) == ("pcm_alaw", 8_000, 2)
    assert info.duration == info.promised == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("name", "container", "codec"), [("a.wav", "flac", "flac"), ("b.txt", "mp3", "libmp3lame"), ("c", "wav", "pcm_u8")]
)
def test_a_wrong_extension_does_not_matter(tmp_path: Path, name: str, container: str, codec: str) -> None:
    assert pitch(decode(write(tmp_path / name, tones(), container, codec)).channels[0]) == pytest.approx(440, abs=5)


@pytest.mark.parametrize(
    "name", ["-rf.wav", "%03d.wav", "两个 空格.wav", "📞.wav", "http:x.wav", "concat:a|b.wav", "a'b\"c.wav", "x\ny.wav"]
)
def test_names_mean_nothing_to_ffmpeg(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / name, tones(0.5))
    monkeypatch.chdir(tmp_path)
    assert decode(name).duration == pytest.approx(0.5)


def test_a_playlist_opens_no_other_file(tmp_path: Path) -> None:
    secret = write(tmp_path / "secret.wav", tones(0.5))
    for text in (
        f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:3,\nfile://{secret}\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile '{secret}'\n",
    ):
        (tmp_path / "list.wav").write_text(text)
        assert _failure(tmp_path / "list.wav").stage is Stage.DECODE


def test_missing_empty_and_no_file(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    os.mkfifo(tmp_path / "pipe.wav")
    for name, words in {
        "nowhere.wav": "no such file",
        "empty.wav": "0 bytes",
        "pipe.wav": "not a file",
        ".": "is a folder",
        "a\0b.wav": "NUL",
    }.items():
        error = _failure(tmp_path / name)
        assert error.stage is Stage.READ
        assert words in error.message


def test_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "call.wav", tones(0.1))

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    error = _failure(path)
    assert error.stage is Stage.READ
    assert "permissions" in error.message


@pytest.mark.parametrize(
    "content", [b"hello world " * 1000, b"RIFF\x00\x00\x00\x00WAVE", bytes(range(256)) * 500, b"\0" * 5000, b"\xff"]
)
def test_not_audio(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "call.wav").write_bytes(content)
    error = _failure(tmp_path / "call.wav")
    assert error.stage is Stage.DECODE
    assert "call.wav" in error.message
    assert "Errno" not in error.message


def test_a_picture_has_no_audio_stream(tmp_path: Path) -> None:
    import av

    with av.open(str(tmp_path / "film.mp4"), "w") as out:
        stream = out.add_stream("mpeg4", rate=5)
        stream.width = stream.height = 64
        frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            out.mux(packet)
    error = _failure(tmp_path / "film.mp4")
    assert error.stage is Stage.DECODE
    assert "no audio stream" in error.message


def test_a_header_without_sound(tmp_path: Path) -> None:
    whole = encoded(tones(), "wav", "pcm_alaw")
    (tmp_path / "call.wav").write_bytes(whole[: whole.find(b"data") + 8])
    error = _failure(tmp_path / "call.wav")
    assert error.stage is Stage.DECODE
    assert "no sound in it" in error.message


@pytest.mark.parametrize(
    ("container", "codec"), [("wav", "pcm_s16le"), ("wav", "pcm_alaw"), ("flac", "flac"), ("mp3", "libmp3lame")]
)
def test_a_file_that_ends_early_says_so(tmp_path: Path, container: str, codec: str) -> None:
    whole = encoded(tones(10.0), container, codec)
    (tmp_path / "call").write_bytes(whole[: len(whole) // 2])
    sound = decode(tmp_path / "call")
    assert 3.0 < sound.duration < 6.0
    assert any("ends early" in warning and "of 10.0 s" in warning for warning in sound.warnings)


@pytest.mark.parametrize("claimed", [0, 0xFFFF_FFFF, 0x7FFF_FFFF])
@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_mulaw"])
def test_streamed_wav_headers_promise_nothing(tmp_path: Path, claimed: int, codec: str) -> None:
    content = bytearray(encoded(tones(), "wav", codec))
    at = content.find(b"data") + 4
    content[at : at + 4] = struct.pack("<I", claimed)
    (tmp_path / "call.wav").write_bytes(content)
    sound = decode(tmp_path / "call.wav")
    assert sound.duration == pytest.approx(2.0)
    assert sound.warnings == ()


def test_damaged_blocks_become_silence_and_a_warning(tmp_path: Path) -> None:
    content = bytearray(encoded(tones(10.0), "flac", "flac"))
    middle = len(content) // 2
    content[middle : middle + 3000] = b"\xaa" * 3000
    (tmp_path / "call.flac").write_bytes(content)
    sound = decode(tmp_path / "call.flac")
    assert sound.duration == pytest.approx(10.0, abs=1.5)
    assert sound.warnings


@pytest.mark.parametrize(("offset", "value", "words"), [(22, 60_000, "channels"), (24, 2**31 - 1, "samples a second")])
def test_insane_headers_are_refused(tmp_path: Path, offset: int, value: int, words: str) -> None:
    content = bytearray(encoded(tones(), "wav", "pcm_s16le"))
    size = 2 if offset == 22 else 4
    content[offset : offset + size] = value.to_bytes(size, "little")
    (tmp_path / "call.wav").write_bytes(content)
    assert _failure(tmp_path / "call.wav").stage is Stage.DECODE


def test_what_is_no_number_becomes_silence(tmp_path: Path) -> None:
    content = bytearray(encoded(tones(rate=16_000), "wav", "pcm_f32le", 16_000))
    content[-400:] = struct.pack("<100f", *([float("nan")] * 50 + [float("inf")] * 50))
    (tmp_path / "call.wav").write_bytes(content)
    channels = decode(tmp_path / "call.wav").channels
    assert np.isfinite(channels).all()
    assert np.abs(channels).max() <= 1.0


def _failure(path: Path) -> RecordingError:
    with pytest.raises(RecordingError) as caught:
        decode(path)
    with pytest.raises(RecordingError):
        probe(path) if caught.value.stage is Stage.READ else decode(path)
    return caught.value
