from larder.ledger import Ledger
from larder.orders import Order
from larder.report import best_sellers, turnover


def orders():
    first, second = Order("Baker", []), Order("Smith", [])
    first.add("rice", 2, 340)
    first.add("lentils", 1, 280)
    second.add("apples", 2, 95)
    return [first, second]


def test_best_sellers_are_sorted_by_units_then_name():
    assert best_sellers(orders(), 2) == [("apples", 2), ("rice", 2)]


def test_turnover_is_the_sum_of_all_orders():
    assert turnover(orders()) == "11.50"


def test_the_largest_debt_comes_first():
    ledger = Ledger()
    ledger.pay("Baker", 500)
    ledger.charge("Baker", 730)
    ledger.charge("Smith", 1000)
    assert ledger.debtors() == ["Smith owes 10.00", "Baker owes 2.30"]
