import pytest

from larder.vat import vat_cents, vat_of_bill


@pytest.mark.parametrize(("net", "category", "tax"), [(1000, "food", 70), (1000, "other", 190)])
def test_tax_of_round_amounts(net, category, tax):
    assert vat_cents(net, category) == tax


def test_half_a_cent_is_rounded_up():
    assert vat_cents(50, "other") == 10
    assert vat_cents(150, "food") == 11
    assert vat_cents(350, "food") == 25


def test_a_bill_is_rounded_once_per_rate():
    assert vat_of_bill([(107, "food"), (107, "books")]) == 15
