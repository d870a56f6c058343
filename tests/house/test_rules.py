"""The rules of the house that neither ruff, mypy nor import-linter can check. Each reads the source as a tree."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from tests.documents import ROOT, aws_errors

from sealstone.operations.catalog import operations
from sealstone.operations.errors import AWSError
from sealstone.operations.service_model import service as service_model

LONGEST_FILE: Final = 400
LONGEST_FUNCTION: Final = 60

# Who may look into a Secret or a Sealed, and why. `reveal` of a Sealed gives ciphertext.
MAY_REVEAL: Final = {
    "cli/account.py": "prints a new account's root key, once",
    "cli/rotate.py": "has the server's own judge read the new key, as an upload would",
    "cli/files.py": "writes private key files, for their owner alone",
    "dataplane/certificate_files.py": "joins key and certificates for HAProxy",
    "dataplane/control.py": "sends them to HAProxy's socket",
    "dataplane/directory.py": "writes them into the memory file system, for their owner alone",
    "endpoint/authenticate.py": "derives signing keys from secret access keys",
    "isolation/child.py": "sends opened keys back through its pipe",
    "isolation/opening.py": "sends the password to the child through its pipe",
    "operations/acm/domain_validations.py": "computes the DNS records that show control of a domain",
    "operations/acm/exporting.py": "answers an exported private key, encrypted under the caller's passphrase",
    "operations/iam/access_keys.py": "answers a new secret access key, once",
    "operations/rolesanywhere/create_session.py": "answers a new temporary secret, once",
    "operations/sts/credentials.py": "answers a new temporary secret, once",
    "seal/session_token.py": "puts a session's secret into its token, sealed",
    "seal/envelope.py": "is the envelope: master keys, and what is sealed or opened",
    "server/credentials.py": "writes the first access keys into the credentials file",
    "store/access_keys.py": "writes ciphertext",
    "store/audit.py": "computes the MACs of the audit chain",
    "store/certificates.py": "writes ciphertext",
    "store/server_certificates.py": "writes ciphertext",
    "store/superseded_certificates.py": "writes ciphertext",
    "store/authorities.py": "writes ciphertext",
    "workers/ordering.py": "has the engine judge the new key with the certificate that was issued for it",
    "workers/webhooks.py": "signs what is posted to webhooks",
    "x509/containers/passwords.py": "gives a password the shape that a format derives keys from",
    "x509/conversion.py": "has the server's own reader judge the key that will be written",
    "x509/making/keys.py": "loads a key to sign with it",
    "x509/public_halves.py": "computes the public half",
    "x509/rules/subject.py": "reads the key as an upload would",
    "x509/writing.py": "encodes keys into the files asked for",
}
# Who may open what is sealed.
MAY_UNSEAL: Final = {
    "endpoint/authenticate.py": "opens secret access keys to check signatures",
    "operations/acm/exporting.py": "opens the private key that is exported",
    "seal/session_token.py": "opens the tokens of temporary credentials",
    "workers/authority_making.py": "opens the private authority's keys, to sign",
    "workers/certificates.py": "opens the private keys of certificates that listeners use",
    "workers/errands.py": "opens the private key of a certificate that is put back, to seal it for its new version",
}
UNRESTRICTED: Final = {
    "sts:GetCallerIdentity": "STS: needs no permission and cannot be denied",
    "sts:GetSessionToken": "STS: needs no permission (user guide, permissions for GetSessionToken)",
    "rolesanywhere:CreateSession": "a certificate has no policies: profile and trust policy decide",
}
READS_ENVIRONMENT: Final = "server/settings.py"

_MUTABLE: Final = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)
_MUTABLE_CALLS: Final = frozenset(
    {"dict", "list", "set", "bytearray", "defaultdict", "deque", "Counter", "OrderedDict"}
)
_UNCHANGEABLE: Final = ("Final", "Mapping", "Sequence", "AbstractSet")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def python_files(folder: str) -> tuple[Path, ...]:
    return tuple(sorted((ROOT / folder).rglob("*.py")))


def name_of(path: Path) -> str:
    source = ROOT / "src" / "sealstone"
    return str(path.relative_to(source if path.is_relative_to(source) else ROOT))


SOURCES: Final = python_files("src")
EVERYTHING: Final = SOURCES + python_files("tests") + python_files("demo")


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


# --- sizes and docstrings ---


def test_there_is_something_to_check() -> None:
    assert len(SOURCES) > 50
    assert len(EVERYTHING) > len(SOURCES) + 20


@pytest.mark.parametrize("path", EVERYTHING, ids=name_of)
def test_files_and_functions_are_short(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST_FILE, f"{lines} lines"
    long = {
        function.name: (function.end_lineno or 0) - function.lineno + 1
        for function in functions(tree_of(path))
        if (function.end_lineno or 0) - function.lineno >= LONGEST_FUNCTION
    }
    assert not long


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_what_others_may_use_says_what_it_is(path: Path) -> None:
    tree = tree_of(path)
    missing = [] if ast.get_docstring(tree) else ["the module"]
    missing += [name for name, node in public(tree, "") if not ast.get_docstring(node)]
    assert not missing


def public(
    node: ast.Module | ast.ClassDef, prefix: str
) -> Iterator[tuple[str, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Public classes, functions and methods, at any depth of classes."""
    for child in node.body:
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not child.name.startswith("_"):
            yield prefix + child.name, child
            if isinstance(child, ast.ClassDef):
                yield from public(child, f"{prefix}{child.name}.")


# --- errors and operations as AWS's models have them ---


def declared_statuses(service: str) -> dict[str, int | None]:
    """Code and status of every error that a service's model has; None where it states no status."""
    declared = {}
    for shape in service_model(service).error_shapes:
        trait = shape.metadata.get("error", {})
        declared[trait.get("code", shape.name)] = trait.get("httpStatusCode")
    return declared


@pytest.mark.parametrize("error", aws_errors(), ids=lambda error: str(error.__name__))
def test_an_error_is_named_after_its_code(error: type[AWSError]) -> None:
    assert error.__name__ == error.code
    assert 400 <= error.status < 600
    assert 400 <= error.json_status < 600


def test_errors_have_the_status_of_the_models() -> None:
    declared = declared_statuses("sts") | declared_statuses("iam")
    compared = {error.code: error.status for error in aws_errors() if error.code in declared}
    assert compared == {code: declared[code] for code in compared}
    assert len(compared) >= 9


def test_errors_of_the_json_services_are_theirs() -> None:
    """ACM's model has the names; it states no status, and then the protocol's 400 holds."""
    declared = declared_statuses("acm")
    assert {error.json_code for error in aws_errors()} & declared.keys() >= {
        "AccessDeniedException",
        "ValidationException",
    }
    assert not any(declared.values())


def test_every_operation_names_what_it_acts_on() -> None:
    unrestricted = {operation.action for operation in operations() if operation.resources is None}
    assert unrestricted == UNRESTRICTED.keys()


def test_every_operation_has_a_sentence() -> None:
    assert not [operation.action for operation in operations() if not operation.handler.__doc__]


def test_every_file_of_operations_is_in_the_catalog() -> None:
    declared = {
        function.name
        for path in python_files("src/sealstone/operations")
        for function in functions(tree_of(path))
        if any("operation(" in ast.unparse(decorator) for decorator in function.decorator_list)
    }
    assert declared == {operation.handler.__name__ for operation in operations()}


# --- secrets, environment, state ---


def callers_of(method: str) -> set[str]:
    return {
        name_of(path)
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr == method
    }


def test_secrets_are_seen_only_where_they_must_be() -> None:
    assert callers_of("reveal") == MAY_REVEAL.keys()


def test_what_is_sealed_is_opened_only_where_it_must_be() -> None:
    assert callers_of("unseal") == MAY_UNSEAL.keys()


def test_nothing_reaches_behind_the_types_of_secrets() -> None:
    assert callers_of("_content") == {"model/secret.py"}


def test_only_the_settings_read_the_environment() -> None:
    names = {"environ", "environb", "getenv", "getenvb"}
    readers = {
        name_of(path)
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.Attribute) and node.attr in names)
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and names & {alias.name for alias in node.names})
    }
    assert readers == {READS_ENVIRONMENT}


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_module_keeps_state_that_can_change(path: Path) -> None:
    assert not list(mutable_globals(tree_of(path)))


def mutable_globals(tree: ast.Module) -> Iterator[str]:
    """Names at module or class level that hold something changeable, and are annotated as nothing that forbids it."""
    bodies = [tree.body, *(node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef))]
    for statement in (statement for body in bodies for statement in body):
        match statement:
            case ast.Assign(targets=targets, value=value) if is_mutable(value):
                yield from (ast.unparse(target) for target in targets)
            case ast.AnnAssign(target=target, annotation=kind, value=ast.expr() as value) if is_mutable(value):
                yield from () if ast.unparse(kind).startswith(_UNCHANGEABLE) else (ast.unparse(target),)
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            yield from node.names


def is_mutable(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return ast.unparse(value.func).rpartition(".")[2] in _MUTABLE_CALLS
    return isinstance(value, _MUTABLE)


# --- the rules themselves ---


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("CACHE = {}", ["CACHE"]),
        ("CACHE: dict[str, int] = dict()", ["CACHE"]),
        ("class Thing:\n    seen = []", ["seen"]),
        ("def count() -> None:\n    global total\n    total = 1", ["total"]),
        ("TABLE: Final = {'a': 1}", []),
        ("TABLE: Mapping[str, int] = {'a': 1}", []),
        ("PAIR = (1, 2)", []),
    ],
)
def test_the_rule_about_state_sees(source: str, found: list[str]) -> None:
    assert list(mutable_globals(ast.parse(source))) == found


def test_every_exception_to_a_rule_has_a_reason() -> None:
    assert all((MAY_REVEAL | MAY_UNSEAL | UNRESTRICTED).values())
