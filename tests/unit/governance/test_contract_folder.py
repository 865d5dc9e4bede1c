"""Files of contracts together: by role and project, extended, trusted, and read again."""

from __future__ import annotations

import stat
from decimal import Decimal
from pathlib import Path

import pytest

from engine.domain.errors import GuardrailError
from engine.domain.work import AgentRole
from engine.governance.contract import AutonomyLevel, Limits
from engine.governance.contract_folder import load_contracts, signature_of

ROLE, OTHER = AgentRole.BUG_FIX, AgentRole.TEST_WRITER


def write(folder: Path, **files: str) -> None:
    """Each file by its name without ending."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def refusal(folder: Path) -> str:
    with pytest.raises(GuardrailError) as caught:
        load_contracts(folder)
    assert "\n" not in str(caught.value)
    return caught.value.message


def test_role_and_project_add_up_and_the_stricter_limit_holds(tmp_path: Path) -> None:
    write(
        tmp_path,
        role="role: BugFix\nautonomy: L2\nallow: [make x]\nlimits: {cost_usd: 3, minutes: 5}\n",
        shop="project: shop\nautonomy: L1\ndeny: [make]\nlimits: {cost_usd: 0.5}\n",
        both="role: BugFix\nproject: shop\nprotected: [db/*]\n",
    )
    contracts = load_contracts(tmp_path)

    shop, other = contracts.for_role(ROLE, "shop"), contracts.for_role(ROLE, "site")

    assert (shop.autonomy, other.autonomy) == (AutonomyLevel.L1, AutonomyLevel.L2)
    assert (shop.allow, shop.deny, shop.protected) == (("make x",), ("make",), ("db/*",))
    assert shop.limits == Limits(cost_usd=Decimal("0.5"), minutes=5)
    assert other.deny == ()
    assert contracts.for_role(OTHER, "shop").deny == ("git:push", "make")


def test_what_is_extended_is_added_once_and_may_be_built_in(tmp_path: Path) -> None:
    write(
        tmp_path,
        base="base: true\nask: [make]\n",
        more="base: true\nextends: base\ndeny: [curl]\n",
        role="role: BugFix\nextends: [base, more, hipaa, L0.5]\n",
    )

    contract = load_contracts(tmp_path).for_role(ROLE)

    assert contract.sources == (
        "base.yaml", "more.yaml", "built-in hipaa", "built-in L0.5", "role.yaml"
    )  # fmt: skip
    assert contract.autonomy is AutonomyLevel.L0_5
    assert {"curl", "host:*", "rule:publish"} <= set(contract.deny)
    assert contract.limits.changed_lines == 400


def test_a_circle_is_named_with_its_way(tmp_path: Path) -> None:
    write(
        tmp_path,
        a="role: BugFix\nextends: b\n",
        b="base: true\nextends:\n  - L1\n  - c\n",
        c="base: true\nextends: a\n",
    )

    said = refusal(tmp_path)

    assert "(a -> b -> c -> a)" in said
    assert "c.yaml:2: extends" in said


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("role: BugFix\nextends: nobody\n", 2, "there is no contract 'nobody'"),
        ("autonomy: L1\n", None, "neither `role` nor `project`"),
        ("role: BugFix\nproject: '  '\n", 2, "blank"),
        ("role: BugFix\nlimits: {cost: 1}\n", 2, "cost"),
        ("role: BugFix\nlimits:\n  minutes: -1\n", 3, ">= 0"),
        ("role: BugFix\nlimits:\n  cost_usd: .nan\n", 3, ">= 0"),
        ("role: BugFix\nlimits:\n  minutes: .inf\n", 3, "number"),
        ("role: BugFix\ndeny:\n  - ls\n  - foo:bar\n", 4, "'foo:bar' is of no known type"),
        ("role: BugFix\nprotected: ['']\n", 2, "blank"),
        ("role: BugFix\nallow: &x [ls]\nask: *x\n", 2, "anchors"),
        ("role: BugFix\nallow: [ls]", 2, "half written"),
        ("---\nrole: BugFix\nallow: [ls]\n", 4, "half written"),
        ("role: BugFix\n---\nrole: TestFixer\n", None, "half written"),
        ("role: BugFix\n---\nrole: TestFixer\n...\n", 1, "single document"),
        ("? [a]\n: b\n", 1, "a"),
        ("[" * 5000 + "\n", None, "bad.yaml"),
        ("   \n", None, "empty"),
    ],
)
def test_what_is_no_contract_is_refused_with_its_line(
    text: str, line: int | None, said: str, tmp_path: Path
) -> None:
    write(tmp_path, bad=text)

    problem = refusal(tmp_path)

    assert said in problem
    assert line is None or f"bad.yaml:{line}: " in problem


def test_a_file_cut_anywhere_is_refused_or_says_all(tmp_path: Path) -> None:
    """A file with `---` and `...` never loses the denials at its end unseen."""
    text = "---\nrole: BugFix\nallow:\n  - make\ndeny:\n  - curl\n...\n"
    for end in range(len(text)):
        write(tmp_path, cut=text[:end])
        refusal(tmp_path)


def test_what_everybody_may_write_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "contracts"
    folder.mkdir()
    write(folder, a="role: BugFix\n")
    path = folder / "a.yaml"
    path.chmod(path.stat().st_mode | stat.S_IWOTH)
    assert "a.yaml can be written by everybody" in refusal(folder)
    path.chmod(0o600)
    folder.chmod(folder.stat().st_mode | stat.S_IWOTH)
    assert "folder" in refusal(folder)
    folder.chmod(0o700)
    assert load_contracts(folder).for_role(ROLE).sources == ("a.yaml",)


@pytest.mark.parametrize("name", ["hipaa", "L1", "L0.5"])
def test_no_file_takes_the_name_of_a_built_in_contract(name: str, tmp_path: Path) -> None:
    (tmp_path / f"{name}.yaml").write_text("base: true\n")

    assert "built-in" in refusal(tmp_path)


def test_the_folder_looks_different_after_any_change(tmp_path: Path) -> None:
    seen = [signature_of(tmp_path / "folder")]
    folder = tmp_path / "folder"
    folder.mkdir()
    seen.append(signature_of(folder))
    write(folder, a="role: BugFix\n")
    seen.append(signature_of(folder))
    (folder / "a.yaml").chmod(0o666)
    seen.append(signature_of(folder))
    (folder / "b.yaml").symlink_to("a.yaml")
    seen.append(signature_of(folder))
    (folder / "b.yaml").unlink()
    (folder / "a.yaml").unlink()
    seen.append(signature_of(folder))

    assert len(set(seen)) == len(seen)
