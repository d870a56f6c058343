"""The documents say what the code does: generated parts are fresh, what is named exists, nothing is left out."""

import ast
import inspect
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from iam_rolesanywhere_session import IAMRolesAnywhereSession
from tests import documents
from tests.documents import ROOT

from sealstone.operations import absent
from sealstone.operations.catalog import operations
from sealstone.operations.service_model import service as service_model
from sealstone.server.settings import Settings

DOCUMENTS: Final = tuple(
    sorted(path for pattern in ("*.md", "docs/**/*.md", "demo/**/*.md", "tests/**/*.md") for path in ROOT.glob(pattern))
)
PACKAGE: Final = ROOT / "src" / "sealstone"

_LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_NAMED: Final = re.compile(r"(?<![\w./-])((?:src|tests|docs|demo)/[\w./-]*\w)")
_IN_PACKAGE: Final = re.compile(
    r"(?<![\w./-])((?:cli|server|endpoint|operations|store|seal|policy|x509|model)/[\w/-]+\.py)(?![\w-])"
)
# Where this checkout, or anybody's home, happens to be.
_MACHINE: Final = re.compile(r"(?<![\w.~:/-])/(?:work|home|root|tmp|Users|mnt|opt|srv)(?:/|\b)")
_TEST: Final = re.compile(r"`(tests/[\w./-]+\.py)::(\w+)`")
_HEADING: Final = re.compile(r"^#+ (.*)$", re.MULTILINE)
_DENIED: Final = re.compile(
    r"\b([A-Z][A-Za-z]+)(?: with \w+)? (?:is|are|\|) (?:not there|not here|refused, \w+ \| differs, until)"
)
_NO_BOUNDARIES: Final = re.compile(r"there are no boundaries|[Bb]oundaries[^|.]* \| not there", re.ASCII)
_PORT: Final = re.compile(r"\bsealstone(?:\.example\.com)?:([0-9]{2,5})\b")
_FENCE: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


# --- generated parts ---


@pytest.mark.parametrize("name", documents.GENERATED)
def test_generated_parts_are_fresh(name: str) -> None:
    file, make = documents.GENERATED[name]
    assert documents.renewed(text_of(file), name, make()) == text_of(file), "python -m tests.documents --write"


def test_a_stale_document_is_reported_and_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = "docs/configuration.md"
    (tmp_path / "docs").mkdir()
    (tmp_path / file).write_text("before\n<!-- generated: settings -->\nold\n<!-- end of settings -->\nafter\n")
    monkeypatch.setattr(documents, "GENERATED", {"settings": (file, lambda: r"new \1")})
    assert documents.stale(tmp_path) == (file,)
    documents.write(tmp_path)
    assert documents.stale(tmp_path) == ()
    written = (tmp_path / file).read_text()
    assert written == "before\n<!-- generated: settings -->\n\nnew \\1\n\n<!-- end of settings -->\nafter\n"

    monkeypatch.setattr(documents, "stale", lambda: (file,))
    assert documents.main(["--check"]) == 1
    assert capsys.readouterr().err == f"stale: {file}; run: python -m tests.documents --write\n"


def test_a_document_without_its_markers_is_reported() -> None:
    with pytest.raises(documents.Stale, match="generated part settings"):
        documents.renewed("nothing here", "settings", "text")


# --- operations ---


def test_an_operation_that_nobody_classified_fails_the_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a newer botocore would do: an operation that no rule names."""
    monkeypatch.setattr(absent, "RULES", tuple(rule for rule in absent.RULES if rule.service != "acm"))
    assert documents.main(["--check"]) == 1
    assert "operations/absent.py" in capsys.readouterr().err


def test_every_operation_of_the_models_is_listed() -> None:
    text = text_of("docs/operations.md")
    for service in absent.SERVICES:
        missing = [name for name in service_model(service).operation_names if f"| `{name}` |" not in text]
        assert not missing


def test_no_rule_is_left_over() -> None:
    """A pattern that names nothing is a misspelling, or is about something that is gone."""
    unused = [
        (rule.service, pattern)
        for rule in absent.RULES
        for pattern in rule.names
        if not any(
            absent.Rule(rule.service, rule.state, rule.remark, (pattern,)).names_operation(rule.service, name)
            for name in service_model(rule.service).operation_names
        )
    ]
    assert not unused


# --- nothing is left out ---


@pytest.mark.parametrize("name", Settings.__struct_fields__)
def test_every_setting_is_documented(name: str) -> None:
    assert documents.setting_meanings()[name]
    assert f"| `{name}` | `SEALSTONE_{name.upper()}` |" in text_of("docs/configuration.md")


@pytest.mark.parametrize("path", [path for path, _ in documents.commands()])
def test_every_command_is_documented(path: str) -> None:
    assert f"\n## {path}\n" in text_of("docs/command-line.md")


def test_no_help_shows_a_mark_of_click() -> None:
    assert "\\b" not in documents.commands_text()


@pytest.mark.parametrize("error", documents.aws_errors(), ids=lambda error: str(error.__name__))
def test_every_error_is_documented(error: type) -> None:
    assert f"| `{error.__name__}` |" in text_of("docs/error-handling.md")


def dependencies() -> Iterator[str]:
    project = tomllib.loads(text_of("pyproject.toml"))
    for requirement in (*project["project"]["dependencies"], *project["dependency-groups"]["dev"]):
        yield re.split(r"[<>=;\s]", requirement)[0]


def test_the_dependencies_documented_are_those_declared() -> None:
    listed = re.findall(r"^\| `([^`]+)` \|", text_of("docs/dependencies.md"), re.MULTILINE)
    assert sorted(listed) == sorted(dependencies())


def test_every_decision_is_in_the_index() -> None:
    records = {path.name for path in (ROOT / "docs" / "adr").glob("0*.md")}
    assert records == {link for link in _LINK.findall(text_of("docs/adr/README.md")) if link.startswith("0")}


def test_the_readme_begins_with_what_to_type() -> None:
    beginning = text_of("README.md")[:2000]
    assert re.search(r"^make demo\b", beginning, re.MULTILINE)
    assert re.search(r"^make test\b", beginning, re.MULTILINE)
    assert "Not affiliated with Amazon Web Services" in beginning


# --- what is there is not denied ---


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_no_document_denies_what_is_performed(path: Path) -> None:
    """Rows outlive what they were true of."""
    performed = {one.name for one in operations()}
    text = path.read_text(encoding="utf-8")
    assert not [name for name in _DENIED.findall(text) if name in performed]
    assert not _NO_BOUNDARIES.search(text)


def test_examples_name_the_port_that_is_listened_on() -> None:
    port = Settings().listen.rpartition(":")[2]
    named = {found for path in DOCUMENTS for found in _PORT.findall(path.read_text(encoding="utf-8"))}
    assert named == {port}


def test_the_example_of_roles_anywhere_says_whom_it_believes() -> None:
    """The package believes public authorities alone when nothing is said, whatever AWS_CA_BUNDLE says."""
    (example,) = re.findall(r"^```python$(.*?)^```$", text_of("docs/roles-anywhere.md"), re.MULTILINE | re.DOTALL)
    call = ast.parse(example).body[1].value.func.value  # IAMRolesAnywhereSession(...).get_session()
    given = {keyword.arg for keyword in call.keywords}
    assert given <= inspect.signature(IAMRolesAnywhereSession).parameters.keys()
    assert {"endpoint", "verify", "region"} <= given


# --- what is named exists ---


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    text = _FENCE.sub("", path.read_text(encoding="utf-8"))
    dead = [link for link in _LINK.findall(text) if "://" not in link and not leads_somewhere(path, link)]
    assert not dead


def leads_somewhere(path: Path, link: str) -> bool:
    file, _, anchor = link.partition("#")
    target = (path.parent / file).resolve() if file else path
    return target.exists() and (not anchor or anchor in anchors(target))


def anchors(path: Path) -> set[str]:
    headings = _HEADING.findall(path.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_files_named_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    missing = [name for name in _NAMED.findall(text) if not (ROOT / name).exists()]
    missing += [name for name in _IN_PACKAGE.findall(text) if not (PACKAGE / name).exists()]
    assert not missing


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_tests_named_exist(path: Path) -> None:
    named = _TEST.findall(path.read_text(encoding="utf-8"))
    missing = [(file, test) for file, test in named if not re.search(rf"^def {test}\(", text_of(file), re.MULTILINE)]
    assert not missing


def test_the_threat_model_names_its_proofs() -> None:
    assert len(_TEST.findall(text_of("SECURITY.md"))) >= 20


@pytest.mark.parametrize(
    "files", [lambda: DOCUMENTS, lambda: tuple(ROOT.glob("src/**/*.py")), lambda: (ROOT / "Makefile",)]
)
def test_nothing_speaks_of_a_machine(files: Callable[[], tuple[Path, ...]]) -> None:
    found = [(name_of(path), _MACHINE.findall(path.read_text(encoding="utf-8"))) for path in files()]
    assert not [(name, paths) for name, paths in found if paths]
