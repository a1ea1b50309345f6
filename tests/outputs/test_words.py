from qa_pipeline.outputs.words import WordCount, content_words, pairs, rising


def test_content_words_leave_out_manners_numbers_and_names():
    words = content_words("您好，我姓王，我家暖气不热，请帮我登记一下，电话一三八零五七六二四一九，谢谢您")
    assert "暖气" in words
    assert "登记" in words
    assert not {"您好", "谢谢", "王", "电话"} & set(words)
    assert not any(any(digit in word for digit in "一三八零五七六二四九") for word in words)


def test_a_word_counts_once_a_call():
    count = WordCount()
    count.add(["暖气", "暖气", "停水"])
    count.add(["暖气"])
    assert (count.calls, count.words["暖气"], count.top(5)) == (2, 2, [("暖气", 2)])


def counted(calls, **words):
    count = WordCount(calls=calls)
    count.words.update(words)
    return count


def test_rising_needs_more_than_chance_and_twice_the_share():
    before = counted(200, 停水=4, 暖气=100, 噪音=2)
    now = counted(100, 停水=20, 暖气=60, 噪音=2, 燃气=9)
    found = {word.word: word for word in rising(now, before, 10)}
    assert set(found) == {"停水", "燃气"}  # 暖气 rose by too little, 噪音 has too few calls
    assert found["停水"].times == 10.0
    assert found["燃气"].times is None


def test_nothing_rises_against_nothing():
    assert rising(counted(50, 停水=30), WordCount(), 5) == []


def test_pairs_go_together_more_than_chance():
    calls = [frozenset({"暖气", "阀门"})] * 5 + [frozenset({"公交"})] * 5 + [frozenset({"公交", "暖气"})]
    found = pairs(calls, 5)
    assert [(pair.one, pair.other, pair.calls) for pair in found] == [("暖气", "阀门", 5)] or [
        (pair.other, pair.one, pair.calls) for pair in found
    ] == [("暖气", "阀门", 5)]
