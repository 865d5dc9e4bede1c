"""Texts for the narrow labels on the shelf."""


def shorten(text: str, width: int) -> str:
    """The text in at most `width` characters; a shortened one ends with "...".

    Runs of white space become one space.
    """
    if width < 4:
        raise ValueError("a label has at least four characters")
    words = " ".join(text.split())
    if len(words) <= width:
        return words
    return words[:width] + "..."


def price_label(product: str, price: str, width: int = 24) -> str:
    """Product at the left, price at the right, exactly `width` characters."""
    room = width - len(price) - 1
    return f"{shorten(product, room):<{room}} {price}"
