"""Reading the order sheets that households send in."""

from larder.money import parse_amount
from larder.orders import Order


def read_sheet(household: str, text: str) -> Order:
    """The order in lines such as `oat milk, 2, 1.95`; `#` starts a comment.

    A product may stand in double quotes and then hold commas.
    """
    order = Order(household, [])
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.split("#")[0].strip()
        if not content:
            continue
        try:
            product, units, price = content.split(",")
            order.add(product.strip(), int(units), parse_amount(price))
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
    return order
