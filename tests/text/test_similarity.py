import time

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from qa_pipeline.text.similarity import NearPhrases, most_errors


def test_of_overlapping_matches_the_nearest_stays():
    near = list(NearPhrases({"我们也没有办法": 1, "我们也没有": 0}).find("我们也没有方法"))
    assert [(n.phrase, n.errors) for n in near] == [("我们也没有", 0)]


@given(st.text(alphabet="我们也没有办法", max_size=60), st.text(alphabet="我们也没有办法", min_size=4, max_size=12))
def test_every_match_is_as_near_as_it_says(text, phrase):
    allowed = most_errors(len(phrase))
    for near in NearPhrases({phrase: allowed}).find(text):
        assert Levenshtein.distance(text[near.start : near.end], phrase) == near.errors <= allowed


@given(st.text(max_size=30), st.text(alphabet="服务办理登记查询", min_size=6, max_size=12), st.data())
def test_one_wrong_character_is_always_found(around, phrase, data):
    place = data.draw(st.integers(0, len(phrase) - 1))
    said = around + phrase[:place] + "呃" + phrase[place + 1 :] + around
    assert list(NearPhrases({phrase: 1}).find(said))


def test_half_an_hour_of_speech_takes_no_time():
    phrases = {f"第{n}条规定我们没有办法处理这个": 2 for n in range(100, 600)}
    text = "您反映的这个情况我们已经登记了请您耐心等待有结果会给您回复" * 280
    finder = NearPhrases(phrases)
    started = time.thread_time()  # of this thread: others may keep the machine busy
    assert not list(finder.find(text))
    assert time.thread_time() - started < 1.0
