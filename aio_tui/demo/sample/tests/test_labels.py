import pytest

from larder.labels import price_label, shorten


def test_a_short_text_stays():
    assert shorten("rye  bread", 10) == "rye bread"


def test_a_tiny_label_is_refused():
    with pytest.raises(ValueError):
        shorten("rye bread", 3)


def test_a_shortened_text_fits_the_label():
    assert shorten("wild garlic pesto", 12) == "wild garl..."


def test_a_price_label_is_exactly_as_wide_as_the_label():
    assert price_label("wild garlic pesto", "4.20", 16) == "wild gar... 4.20"
