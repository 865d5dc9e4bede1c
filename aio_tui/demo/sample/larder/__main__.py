"""A few calculations from the command line."""

import sys
from datetime import date

from larder.delivery import delivery_day
from larder.labels import shorten
from larder.money import format_cents, parse_amount, split_evenly
from larder.weights import to_grams


def main(words: list[str]) -> None:
    match words:
        case ["split", amount, people]:
            shares = split_evenly(parse_amount(amount), int(people))
            print(*(format_cents(share) for share in shares), "sum", format_cents(sum(shares)))
        case ["label", text, width]:
            print(f"|{shorten(text, int(width))}|")
        case ["weight", amount, unit]:
            print(to_grams(float(amount), unit), "g")
        case ["delivery", day, working_days]:
            print(delivery_day(date.fromisoformat(day), int(working_days)).strftime("%A %Y-%m-%d"))
        case _:
            raise SystemExit("use: split AMOUNT PEOPLE | label TEXT WIDTH | weight AMOUNT UNIT"
                             " | delivery DAY WORKING_DAYS")


main(sys.argv[1:])
