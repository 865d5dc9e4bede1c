import pytest

from larder.discounts import discount_percent, discounted


@pytest.mark.parametrize(("cents", "percent"), [(4999, 0), (7000, 2), (15000, 5), (30000, 10)])
def test_amounts_within_a_tier(cents, percent):
    assert discount_percent(cents) == percent


@pytest.mark.parametrize(("cents", "percent"), [(5000, 2), (10000, 5), (20000, 10)])
def test_a_tier_begins_at_its_threshold(cents, percent):
    assert discount_percent(cents) == percent


def test_the_discount_is_taken_off():
    assert discounted(15000) == 14250
