import pytest

from larder.money import format_cents, parse_amount, split_evenly


@pytest.mark.parametrize(
    ("text", "cents"), [("12.50", 1250), ("0.07", 7), ("1,200.00", 120000), (" 3 ", 300)]
)
def test_amounts_are_read(text, cents):
    assert parse_amount(text) == cents


@pytest.mark.parametrize("text", ["", "ten", "1.005"])
def test_other_texts_are_refused(text):
    with pytest.raises(ValueError):
        parse_amount(text)


def test_amounts_are_written_with_two_places():
    assert [format_cents(cents) for cents in (5, 1250, -150)] == ["0.05", "12.50", "-1.50"]


def test_an_even_split_is_even():
    assert split_evenly(900, 3) == [300, 300, 300]


def test_a_split_keeps_every_cent():
    assert split_evenly(1000, 3) == [334, 333, 333]


def test_a_split_of_little_between_many():
    assert split_evenly(2, 4) == [1, 1, 0, 0]
