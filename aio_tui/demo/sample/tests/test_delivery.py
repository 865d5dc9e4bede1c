from datetime import date

from larder.delivery import delivery_day, is_open

MONDAY, THURSDAY, FRIDAY = date(2026, 5, 4), date(2026, 5, 7), date(2026, 5, 8)


def test_weekends_are_closed():
    assert not is_open(date(2026, 5, 9))
    assert is_open(MONDAY)


def test_days_within_a_week_are_counted():
    assert delivery_day(MONDAY, 3) == THURSDAY


def test_a_weekend_is_not_counted():
    assert delivery_day(FRIDAY, 1) == date(2026, 5, 11)


def test_two_weekends_are_not_counted():
    assert delivery_day(THURSDAY, 8) == date(2026, 5, 19)


def test_a_closed_day_is_not_counted():
    assert delivery_day(MONDAY, 2, {date(2026, 5, 5)}) == THURSDAY


def test_a_closed_monday_after_a_weekend_is_not_counted():
    assert delivery_day(FRIDAY, 1, {date(2026, 5, 11)}) == date(2026, 5, 12)
