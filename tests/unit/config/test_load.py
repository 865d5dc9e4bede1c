from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import load_settings, missing_price
from engine.config.document import parse_document
from engine.config.load import safe_project_name, settings_of
from engine.domain.errors import ConfigError, EngineError, InputError
from engine.domain.ids import parse_project
from engine.domain.settings import (
    DEFAULT_ITERATION_BUDGETS,
    Budgets,
    CheckSettings,
    ModelSettings,
    Settings,
)
from engine.domain.usage import Price
from engine.domain.work import AgentRole


def write(repo: Path, text: str | bytes) -> Path:
    path = repo / ".aibrain" / "aio.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


FULL = """
[project]
name = "shop"
base_branch = "release/2.1"
backend = "fixer"
parallel = 8
python = ".venv/bin/python"

[[checks]]
name = "tests"
kind = "pytest"
command = ["-x"]
timeout_s = 30

[[checks]]
name = "types"
kind = "command"
command = ["mypy", "src"]

[budgets]
task_cost_usd = 0.1
run_cost_usd = "none"
task_wall_clock_s = "none"
run_wall_clock_s = 60
iteration_wall_clock_s = 5.5

[budgets.iterations]
bugfix = 3

[model]
model = "house-model"
max_output_tokens = 100
max_steps = 2
silence_timeout_s = 9
max_retries = 0
retry_cap_s = 1

[prices."house-model"]
input = 1.1
output = 2
cache_read = 0
cache_write = 0.07

[limits]
tool_timeout_s = 7
lease_s = 8
max_interruptions = 9
stall_after = 10

[scripted]
script = "play/script.json"
"""


def test_without_a_file_the_defaults_stand(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert settings == Settings(
        repo=tmp_path.resolve(),
        project=safe_project_name(tmp_path.name),
        prices=settings.prices,
    )
    assert settings.prices["claude-sonnet-4-5"] == Price(
        input_usd=Decimal(3),
        output_usd=Decimal(15),
        cache_read_usd=Decimal("0.30"),
        cache_write_usd=Decimal("3.75"),
    )


def test_every_key_of_the_file_is_taken_over(tmp_path: Path) -> None:
    write(tmp_path, FULL)
    root = tmp_path.resolve()
    settings = load_settings(tmp_path)
    assert settings == Settings(
        repo=root,
        project="shop",
        base_branch="release/2.1",
        backend="fixer",
        parallel=8,
        python=str(root / ".venv/bin/python"),
        checks=(
            CheckSettings(name="tests", kind="pytest", command=("-x",), timeout_s=30.0),
            CheckSettings(name="types", kind="command", command=("mypy", "src")),
        ),
        budgets=Budgets(
            iterations_by_role={**DEFAULT_ITERATION_BUDGETS, AgentRole.BUG_FIX: 3},
            task_cost_usd=Decimal("0.1"),
            run_cost_usd=None,
            task_wall_clock_s=None,
            run_wall_clock_s=60.0,
            iteration_wall_clock_s=5.5,
        ),
        model=ModelSettings(
            model="house-model",
            max_output_tokens=100,
            max_steps=2,
            silence_timeout_s=9.0,
            max_retries=0,
            retry_cap_s=1.0,
        ),
        prices=settings.prices,
        tool_timeout_s=7.0,
        lease_s=8.0,
        max_interruptions=9,
        stall_after=10,
        script=root / "play/script.json",
    )
    assert settings.prices["house-model"] == Price(
        input_usd=Decimal("1.1"),
        output_usd=Decimal(2),
        cache_read_usd=Decimal(0),
        cache_write_usd=Decimal("0.07"),
    )
    assert settings.prices["claude-haiku-4-5"].input_usd == Decimal(1)


def test_the_option_goes_before_the_file_and_the_file_before_the_folder(tmp_path: Path) -> None:
    write(tmp_path, '[project]\nname = "from-file"')
    assert load_settings(tmp_path).project == "from-file"
    assert load_settings(tmp_path, project="from-option").project == "from-option"
    with pytest.raises(InputError, match=r"'\.\./x'"):
        load_settings(tmp_path, project="../x")


def test_an_interpreter_that_is_a_link_stays_one(tmp_path: Path) -> None:
    target = tmp_path / "real-python"
    target.touch()
    (tmp_path / "python").symlink_to(target)
    write(tmp_path, '[project]\npython = "./python"')
    assert load_settings(tmp_path).python == str(tmp_path.resolve() / "python")


def test_an_interpreter_that_is_only_a_name_is_looked_up_later(tmp_path: Path) -> None:
    write(tmp_path, '[project]\npython = "python3.12"')
    assert load_settings(tmp_path).python == "python3.12"


WRONG = [
    ("[project]\nparallel = 0", "line 2: [project] parallel is 0; use a whole number from 1 to 64"),
    ("[project]\nparallel = 65", "parallel is 65"),
    ("[project]\nparallel = true", "parallel is True"),
    ("[project]\nparallel = 9999999999999999999999", "parallel is 9999999999999999999999"),
    ("[project]\nparalel = 1", "line 2: [project] has no key 'paralel'; did you mean 'parallel'?"),
    ("[projct]", "line 1: 'projct' is not known here; did you mean 'project'?"),
    ("stall_after = 3", "'stall_after' is not known here; put it into [limits]"),
    ("project = 3", "[project] is 3; make it a table"),
    ('[project]\nname = "../x"', "name is '../x'"),
    ('[project]\nname = "a..b"', "project name 'a..b' is not allowed"),
    ('[project]\nbase_branch = "--force"', "base_branch is '--force'"),
    ('[project]\nbackend = "antropic"', "backend is 'antropic'"),
    ("[budgets]\ntask_cost_usd = -1", "task_cost_usd is -1"),
    ("[budgets]\n\ntask_cost_usd = nan", "line 3: [budgets] task_cost_usd is nan"),
    ("[budgets]\nrun_cost_usd = inf", "run_cost_usd is inf"),
    ('[budgets]\nrun_cost_usd = "unlimited"', "is 'unlimited'; use US dollars from 0"),
    ('[budgets]\niteration_wall_clock_s = "none"', "iteration_wall_clock_s is 'none'"),
    ("[budgets]\niterations = 5", "[budgets.iterations] is 5"),
    ("[budgets.iterations]\nBugFixer = 5", "has no role 'BugFixer'; did you mean 'BugFix'?"),
    ("[budgets.iterations]\nBugFix = 1001", "line 2: [budgets.iterations] BugFix is 1001"),
    ("[limits]\nlease_s = 0", "lease_s is 0; use a number of seconds above 0"),
    ("[model]\nmax_retries = 1.5", "max_retries is 1.5"),
    ("checks = 3", "write each as [[checks]]"),
    ("checks = [3]", "[[checks]] number 1 is 3"),
    ('[[checks]]\nname = "a"', "[[checks]] number 1 has no 'kind'"),
    ('[[checks]]\nname = "a"\nkind = "command"', "has kind 'command' and no command"),
    ('[[checks]]\nname = "a"\nkind = "ruff"\ncommand = "x y"', "command is 'x y'; use a list"),
    (
        '[[checks]]\nname = "a"\nkind = "ruff"\n[[checks]]\nname = "b"\nkind = "lint"',
        "line 6: [[checks]] number 2 kind is 'lint'",
    ),
    (
        '[[checks]]\nname = "a"\nkind = "ruff"\n[[checks]]\nname = "a"\nkind = "ruff"',
        "line 5: [[checks]] number 2 is the second with name 'a'",
    ),
    ('[prices."m-1"]\ninput = 1', "line 1: [prices.\"m-1\"] has no 'output'"),
    (
        '[prices."m-1"]\ninput = 1\noutput = -2\ncache_read = 1\ncache_write = 1',
        'line 3: [prices."m-1"] output is -2',
    ),
    ("[scripted]\nscript = 7", "script is 7"),
    ("a = [", "is not TOML"),
    ("[project]\nparallel = 1\nparallel = 2", "is not TOML"),
    (b"# \xff", "byte 2 is not UTF-8; save the file as UTF-8"),
    ("a = " + "[" * 5000, "aio.toml: is"),
    ("#" * 1_000_001, "has 1000001 bytes"),
]


@pytest.mark.parametrize(("text", "expected"), WRONG, ids=[str(n) for n in range(len(WRONG))])
def test_a_wrong_file_gives_one_line_that_names_the_place(
    tmp_path: Path, text: str | bytes, expected: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_settings(tmp_path)
    assert expected in str(caught.value)
    assert str(caught.value).startswith(str(path.resolve()))
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".aibrain" / "aio.toml").mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"aio\.toml: cannot be read \(Is a directory\)"):
        load_settings(tmp_path)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    write(tmp_path, b"\xef\xbb\xbf[project]\nparallel = 2")
    assert load_settings(tmp_path).parallel == 2


@given(st.text(alphabet='[]"=.\n ab1-#{}', max_size=60) | st.text(max_size=40))
def test_no_text_at_all_causes_anything_but_settings_or_one_clear_line(text: str) -> None:
    try:
        document = parse_document(Path("aio.toml"), text.encode("utf-8", "replace"))
        answer: object = settings_of(document, Path("/repo"))
    except EngineError as error:
        answer = str(error)
    assert isinstance(answer, Settings) or (
        isinstance(answer, str) and re.fullmatch(r"aio\.toml.+", answer)
    )


@given(st.text(max_size=200))
def test_any_folder_name_makes_a_project_name(folder: str) -> None:
    name = safe_project_name(folder)
    assert parse_project(name) == name


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("My Shop (2)", "My-Shop-2"),
        ("..", "project"),
        ("a..b", "a.b"),
        ("x.lock", "x"),
        ("ä", "project"),
    ],
)
def test_a_folder_name_is_changed_as_little_as_possible(folder: str, expected: str) -> None:
    assert safe_project_name(folder) == expected


def test_a_dated_model_has_the_price_of_its_undated_name(tmp_path: Path) -> None:
    write(tmp_path, '[model]\nmodel = "claude-opus-4-5-20990101"')
    settings = load_settings(tmp_path)
    assert settings.prices["claude-opus-4-5-20990101"] == settings.prices["claude-opus-4-5"]
    assert missing_price(settings) is None


def test_a_cost_budget_needs_a_price(tmp_path: Path) -> None:
    write(tmp_path, '[model]\nmodel = "house-model"')
    problem = missing_price(load_settings(tmp_path))
    assert problem is not None
    assert '[prices."house-model"]' in problem

    write(
        tmp_path,
        '[model]\nmodel = "house-model"\n[budgets]\ntask_cost_usd = "none"\nrun_cost_usd = "none"',
    )
    assert missing_price(load_settings(tmp_path)) is None
