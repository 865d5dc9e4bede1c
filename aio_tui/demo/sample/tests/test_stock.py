from datetime import date

import pytest

from larder.stock import OutOfStock, Shelf

MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


@pytest.fixture
def shelf():
    shelf = Shelf()
    shelf.receive("lentils", 4, JUNE)
    shelf.receive("lentils", 3, MAY)
    shelf.receive("rice", 9, JULY)
    return shelf


def test_units_of_all_batches_are_available(shelf):
    assert shelf.available("lentils") == 7


def test_what_expires_first_goes_first(shelf):
    assert shelf.take("lentils", 5) == [(MAY, 3), (JUNE, 2)]


def test_an_empty_delivery_is_refused(shelf):
    with pytest.raises(ValueError):
        shelf.receive("rice", 0, JULY)


def test_more_than_there_is_cannot_be_taken(shelf):
    with pytest.raises(OutOfStock):
        shelf.take("lentils", 8)


def test_a_refused_request_takes_nothing(shelf):
    with pytest.raises(OutOfStock):
        shelf.take("lentils", 8)
    assert shelf.available("lentils") == 7


def test_a_refusal_says_how_many_are_missing(shelf):
    with pytest.raises(OutOfStock, match="1 of 8"):
        shelf.take("lentils", 8)
