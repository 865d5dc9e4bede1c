import pytest

from larder.weights import cents_for, to_grams


def test_whole_kilograms():
    assert to_grams(3, "kg") == 3000


def test_an_unknown_unit_is_named():
    with pytest.raises(ValueError, match="stone"):
        to_grams(1, "stone")


def test_fractions_of_a_kilogram_count():
    assert to_grams(1.5, "kg") == 1500


def test_ounces_are_rounded_at_the_end():
    assert to_grams(10, "oz") == 283


def test_weighed_goods_are_rounded_half_up():
    assert cents_for(125, 1260) == 158
