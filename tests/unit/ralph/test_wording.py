"""What a reader is told of a check's output."""

from __future__ import annotations

from engine.domain.verdict import CheckOutcome, CheckReport, CheckResult, Finding
from engine.ralph.wording import TAIL_CHARS, said_of

OTHERS = "\n".join(f"___ test_old_{n} ___\nE   assert {n} == 0" for n in range(22))
MINE = "_____ TestSum.test_new[1-2] _____\ntests/test_sum.py:7: in test_new\nE   assert 3 == 4"
NEW, BROKEN = "tests/test_sum.py::TestSum::test_new[1-2]", "tests/test_b.py::collection"


def report(tail: str, *findings: Finding) -> CheckReport:
    result = CheckResult(
        name="pytest", command=("pytest",), outcome=CheckOutcome.FINDINGS, exit_code=1,
        duration_s=1.0, failures=(NEW, "old"), tail=tail,
    )  # fmt: skip
    return CheckReport(result=result, findings=findings)


def finding(test: str, message: str, line: int | None = 7) -> Finding:
    return Finding(rule="test-red", message=message, path="tests/test_sum.py", line=line, id=test)


def test_the_new_failure_is_told_and_not_those_that_were_known() -> None:
    tail = f"{OTHERS}\n{MINE}\n{OTHERS}\n=== short test summary info ===\n23 failed"
    found = report(tail, finding("old", "assert 1 == 0"), finding(NEW, "assert 3 == 4"))
    assert said_of(found, [NEW]) == f"tests/test_sum.py:7: assert 3 == 4\n\n{MINE}"


def test_a_file_that_cannot_be_collected_is_told_with_its_part_of_the_output() -> None:
    part = "___ ERROR collecting tests/test_b.py ___\nE   ImportError: no module c"
    found = report(f"{part}\n=== 1 error", finding(BROKEN, "ImportError: no module c", None))
    assert said_of(found, [BROKEN]) == f"tests/test_sum.py: ImportError: no module c\n\n{part}"


def test_a_failure_of_a_fixture_is_told_with_its_part_of_the_output() -> None:
    part = "___ ERROR at setup of test_b ___\nE   fixture 'x' not found"
    found = report(f"{part}\n=== 1 error", finding("t.py::test_b", "fixture 'x' not found"))
    assert said_of(found, ["t.py::test_b"]).endswith(part)


def test_the_end_of_the_output_is_told_where_a_check_says_nothing_of_the_failure() -> None:
    assert said_of(report("boom"), [NEW]) == "boom"


def test_what_is_told_has_an_end_and_steers_no_terminal() -> None:
    many = [finding(f"t.py::test_{n}", "\x1b[2J" + "x" * 190) for n in range(40)]
    told = said_of(report("", *many), [one.id for one in many])
    assert len(told) <= TAIL_CHARS
    assert "\x1b" not in told
