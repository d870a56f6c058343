"""Where the corpus is made: OpenSSL and keytool in a temporary directory, keys and certificates by name.

shop.key("rsa:2048")                             a private key, PKCS #8 PEM, made once for each name
shop.issue("/O=Example/CN=Root", "p256", ca=True)  a certificate, self-signed
shop.keep("file.pem", text, "how", [things])     into the corpus, with what must be found in it
"""

import hashlib
import itertools
import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tests.corpus.answers import FILES, Case, Refusal, Thing, Verdict

START: Final = "20200101000000Z"
END: Final = "21200101000000Z"
CA: Final = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash"
SERVER: Final = "basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectKeyIdentifier=hash"

_CONFIGURATION: Final = """
oid_section = oids
[oids]
[req]
distinguished_name = none
string_mask = utf8only
[none]
[ca]
default_ca = corpus
[corpus]
database = index.txt
new_certs_dir = .
default_md = default
crlnumber = crlnumber
serial = serial
rand_serial = yes
policy = any
unique_subject = no
[any]
commonName = optional
"""
_GENERATION: Final = {
    "rsa": ("RSA", "rsa_keygen_bits"),
    "rsa-pss": ("RSA-PSS", "rsa_keygen_bits"),
    "ec": ("EC", "ec_paramgen_curve"),
}
_NAMES: Final = {  # how the answers call what OpenSSL calls otherwise
    "rsa": "RSA {}",
    "rsa-pss": "RSASSA-PSS {}",
    "ec": "EC {}",
    "ed25519": "Ed25519",
    "ed448": "Ed448",
    "x25519": "X25519",
    "dsa": "DSA {}",
}
_BLOCK: Final = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----\n?", re.DOTALL)


def blocks(text: str, label: str = "CERTIFICATE") -> list[str]:
    """The PEM blocks of one label, as they stand."""
    return [match.group() for match in _BLOCK.finditer(text) if match.group(1) == label]


@dataclass(frozen=True, slots=True)
class Key:
    """A private key: `spec` is `rsa:2048`, `ec:P-256`, `ed25519`, with `#2` behind it for another of the kind."""

    spec: str
    path: Path
    digest: str

    @property
    def name(self) -> str:
        """As the answers call it."""
        kind, _, size = self.spec.partition("#")[0].partition(":")
        return _NAMES[kind].format(size)

    @property
    def pem(self) -> str:
        """PKCS #8."""
        return self.path.read_text()

    def thing(self, *forms: str, label: str = "", remark: str = "") -> Thing:
        """What must be found where this key is."""
        return Thing("private key", forms, self.name, "", self.digest, label, remark)

    def public(self, *forms: str) -> Thing:
        """What must be found where its public half is."""
        return Thing("public key", forms, self.name, "", self.digest)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate, and the key it is for."""

    subject: str
    """RFC 4514."""
    key: Key
    path: Path
    digest: str
    self_signed: bool

    @property
    def pem(self) -> str:
        """One block."""
        return self.path.read_text()

    def thing(self, *forms: str, label: str = "", remark: str = "") -> Thing:
        """What must be found where it is."""
        return Thing("certificate", forms, self.key.name, self.subject, self.digest, label, remark)


class Workshop:
    """A directory to work in, and the cases made so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cases: list[Case] = []
        self._keys: dict[str, Key] = {}
        self._numbers: Iterator[int] = itertools.count(1)
        (folder / "openssl.cnf").write_text(_CONFIGURATION)
        (folder / "index.txt").write_text("")
        (folder / "crlnumber").write_text("01\n")

    def run(self, command: str, given: bytes = b"") -> bytes:
        """Run one command in the directory; what it wrote. Raises CalledProcessError with its words in the notes."""
        done = subprocess.run(shlex.split(command), cwd=self.folder, input=given, capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{command}\n{done.stdout.decode('latin-1')}\n{done.stderr.decode('latin-1')}")
        return done.stdout

    def new_path(self, suffix: str = ".pem") -> Path:
        """A path that nothing has yet."""
        return self.folder / f"{next(self._numbers):04}{suffix}"

    def write(self, content: bytes | str, suffix: str = ".pem") -> Path:
        """A new file with that content."""
        path = self.new_path(suffix)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def key(self, spec: str) -> Key:
        """The key of that name, made when it is first asked for."""
        if spec not in self._keys:
            self._keys[spec] = self._made(spec)
        return self._keys[spec]

    def _made(self, spec: str) -> Key:
        kind, _, size = spec.partition("#")[0].partition(":")
        path = self.new_path()
        if kind == "dsa":
            parameters = self.new_path()
            self.run(f"openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:{size} -out {parameters}")
            self.run(f"openssl genpkey -paramfile {parameters} -out {path}")
        elif kind in _GENERATION:
            algorithm, option = _GENERATION[kind]
            self.run(f"openssl genpkey -algorithm {algorithm} -pkeyopt {option}:{size} -out {path}")
        else:
            self.run(f"openssl genpkey -algorithm {kind} -out {path}")
        return self.known(path, spec)

    def known(self, path: Path, spec: str) -> Key:
        """A key that was made otherwise."""
        public = self.run(f"openssl pkey -in {path} -pubout -outform DER")
        return Key(spec, path, hashlib.sha256(public).hexdigest())

    def issue(
        self,
        subject: str,
        key: str,
        issuer: Certificate | None = None,
        *,
        extensions: str = SERVER,
        start: str = START,
        end: str = END,
        options: str = "",
        shown: str = "",
    ) -> Certificate:
        """A certificate by `openssl ca`, which can date it: self-signed without an issuer."""
        made, path = self.key(key), self.new_path()
        request = self.request(subject, made)
        extensions_file = self.write(extensions, ".cnf")
        signer = f"-keyfile {issuer.key.path} -cert {issuer.path}" if issuer else f"-selfsign -keyfile {made.path}"
        self.run(
            f"openssl ca -config openssl.cnf -batch -notext -utf8 -preserveDN -rand_serial {signer} -in {request} "
            f"-out {path} -startdate {start} -enddate {end} -extfile {extensions_file} {options}"
        )
        return self.certificate(path, shown or in_rfc_4514(subject), made, self_signed=issuer is None)

    def request(self, subject: str, key: Key, options: str = "") -> Path:
        """A certificate signing request."""
        path = self.new_path()
        self.run(
            f"openssl req -config openssl.cnf -new -utf8 -key {key.path} -out {path} "
            f"-subj {shlex.quote(subject)} {options}"
        )
        return path

    def certificate(self, path: Path, subject: str, key: Key, *, self_signed: bool = False) -> Certificate:
        """A certificate that was made otherwise."""
        return Certificate(subject, key, path, self.digest(self.der(path)), self_signed)

    def digest(self, data: bytes) -> str:
        """SHA-256, hex."""
        return hashlib.sha256(data).hexdigest()

    def der(self, path: Path, command: str = "x509") -> bytes:
        """By OpenSSL."""
        return self.run(f"openssl {command} -in {path} -outform DER")

    def keep(
        self,
        file: str,
        content: bytes | str,
        made: str,
        pieces: Sequence[Thing] = (),
        refusals: Sequence[Refusal] = (),
        password: str | None = None,
        verdict: Verdict | None = None,
        others: tuple[str, ...] = (),
    ) -> bytes:
        """Put a file into the corpus."""
        data = content.encode() if isinstance(content, str) else content
        if any(case.file == file for case in self.cases):
            raise ValueError(f"{file} is there already")
        (FILES / file).write_bytes(data)
        self.cases.append(Case(file, made, tuple(pieces), tuple(refusals), password, verdict, others))
        return data

    def keep_made(self, file: str, command: str, pieces: Sequence[Thing], **rest: object) -> bytes:
        """Put what a command writes into the corpus. The paths it reads are shown as `IN`."""
        password = rest.get("password")
        told = re.sub(r"\S*/\d{4}\.\w+", "IN", command)
        refusals = rest.get("refusals", ())
        return self.keep(
            file,
            self.run(command),
            told,
            pieces,
            refusals if isinstance(refusals, tuple) else (),
            password if isinstance(password, str) else None,
        )

    def keep_chain(self, file: str, certificates: Sequence[Certificate], made: str, verdict: Verdict) -> None:
        """Put a chain into the corpus, with OpenSSL's verdict about it."""
        text = "".join(certificate.pem for certificate in certificates)
        judged = replace(verdict, openssl=verify(text, verdict, self.folder))
        pieces = [certificate.thing("PEM") for certificate in certificates]
        self.keep(file, text, made, pieces, verdict=judged)


def in_rfc_4514(subject: str) -> str:
    """`/O=Example/CN=a` as `CN=a,O=Example`."""
    return ",".join(reversed(subject.strip("/").split("/")))


def verify(text: str, verdict: Verdict, folder: Path) -> str:
    """`openssl verify` over the certificates of a file: `OK`, or its first error."""
    certificates = blocks(text)
    leaf, untrusted, trusted = (folder / f"verify-{name}.pem" for name in ("leaf", "untrusted", "trusted"))
    leaf.write_text(certificates[verdict.leaf])
    untrusted.write_text("".join(certificates))
    command = ["openssl", "verify", "-no-CApath", "-no-CAstore", "-untrusted", str(untrusted)]
    if verdict.trusted:
        trusted.write_text("".join(certificates[at] for at in verdict.trusted))
        command += ["-trusted", str(trusted)]
    else:
        command += ["-no-CAfile"]
    done = subprocess.run([*command, str(leaf)], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return "OK"
    found = re.search(r"^error (?:\d+ at \d+ depth lookup: )(.*)$", done.stderr, re.MULTILINE)
    return found.group(1) if found else f"refused: {done.stderr.splitlines()[-1][:80]}"
