import pytest

from larder.reader import read_sheet


def test_lines_become_an_order():
    order = read_sheet("Baker", "oat milk, 2, 1.95\nrice,1,3.40\n")
    assert [(line.product, line.units) for line in order.lines] == [("oat milk", 2), ("rice", 1)]
    assert order.total_cents == 730


def test_comments_and_empty_lines_are_skipped():
    assert read_sheet("Baker", "# May\n\nrice, 1, 3.40  # brown\n").total_cents == 340


def test_a_wrong_line_is_named():
    with pytest.raises(ValueError, match="line 2"):
        read_sheet("Baker", "rice, 1, 3.40\nrice, many, 3.40\n")


def test_a_quoted_product_may_hold_commas():
    order = read_sheet("Baker", '"beans, white", 2, 1.10\n')
    assert [line.product for line in order.lines] == ["beans, white"]


def test_a_quoted_product_may_hold_a_hash():
    order = read_sheet("Baker", '"blend #7", 1, 4.00\n')
    assert [line.product for line in order.lines] == ["blend #7"]
