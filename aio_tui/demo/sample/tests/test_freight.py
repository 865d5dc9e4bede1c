import pytest

from larder.freight import TooHeavy, freight_cents


@pytest.mark.parametrize(("grams", "cents"), [(500, 390), (1000, 390), (20000, 1690)])
def test_lightest_and_heaviest_class(grams, cents):
    assert freight_cents(grams) == cents


def test_middle_classes():
    assert freight_cents(5000) == 590
    assert freight_cents(7000) == 890


def test_too_heavy_a_box_is_refused():
    with pytest.raises(TooHeavy):
        freight_cents(31501)


def test_a_box_weighs_something():
    with pytest.raises(ValueError):
        freight_cents(0)
