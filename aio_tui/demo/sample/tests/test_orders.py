import pytest

from larder.orders import Order


def test_an_order_adds_up():
    order = Order("Baker", [])
    order.add("oat milk", 2, 195)
    order.add("rice", 1, 340)
    assert order.total_cents == 730
    assert str(order) == "Baker: 2 lines, 7.30"


def test_a_line_has_units():
    with pytest.raises(ValueError):
        Order("Baker", []).add("rice", 0, 340)


def test_two_households_do_not_share_their_lines():
    first, second = Order("Baker"), Order("Smith")
    first.add("rice", 1, 340)
    assert second.lines == []


def test_the_callers_list_is_not_changed():
    given = []
    Order("Baker", given).add("rice", 1, 340)
    assert given == []


def test_a_receipt_lists_lines_and_total():
    order = Order("Baker", [])
    order.add("oat milk", 2, 195)
    order.add("rice", 1, 340)
    assert order.receipt().splitlines() == [
        "Baker",
        "2 x oat milk 3.90",
        "1 x rice 3.40",
        "total 7.30",
    ]


def test_an_empty_receipt_has_a_total_too():
    assert Order("Baker", []).receipt() == "Baker\ntotal 0.00"
