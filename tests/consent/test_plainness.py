"""Plain words: what a notice is warned of, in each language."""

import pytest
from django.utils.translation import override

from consent import plainness
from portal.demo.city import city

PLAIN = {
    "en": "We would like to use your income record. It helps us to see who needs aid. You may say no.",
    "zh": "我们想用您的收入记录。这样可以知道谁需要帮助。您可以不同意。",
}
LONG = {"en": "We " + "really " * 30 + "ask.", "zh": "我们" + "很想知道" * 20 + "。"}
RARE = {
    "en": "Pursuant to the provision, the data controller may disclose and retain it notwithstanding erasure.",
    "zh": "鉴于前述规定，个人信息处理者据此留存并披露，逾期予以终止。",
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_plain_words_are_warned_of_by_nothing(language: str) -> None:
    assert plainness.read(PLAIN[language], language).warnings == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_long_sentence_is_quoted_by_its_beginning(language: str) -> None:
    reading = plainness.read(PLAIN[language] + " " + LONG[language], language)
    assert len(reading.long_sentences) == 1
    assert LONG[language].startswith(reading.long_sentences[0][:5])
    with override("en"):
        (said,) = reading.warnings
    assert "in one sentence" in said


@pytest.mark.parametrize("language", ["en", "zh"])
def test_many_rare_terms_are_named_with_what_may_be_said_instead(language: str) -> None:
    reading = plainness.read(RARE[language], language)
    assert reading.too_many_rare
    assert len(reading.rare_terms) > 4
    term, instead = next((term, plain) for term, plain in reading.rare_terms.items() if plain)
    with override("en"):
        assert any(f"{term} → {instead}" in said for said in reading.warnings)


def test_one_rare_term_in_a_long_text_is_no_matter() -> None:
    assert plainness.read(PLAIN["en"] * 6 + " It is in your retention.", "en").warnings == []


def test_the_samples_own_notices_are_plain() -> None:
    for purpose in city().purposes.values():
        for language in ("zh", "en"):
            assert plainness.read(getattr(purpose.notice, language), language).rare_terms.keys() <= {"去标识化"}
