"""PKCS #12 and PKCS #7 by OpenSSL."""

from typing import Final

from tests.corpus.answers import OTHER_PASSWORD, PASSWORD, Refusal, Thing
from tests.corpus.workshop import CA, Certificate, Workshop

_SHROUDED: Final = ("PKCS #12", "encrypted PKCS #8")
_LEGACY: Final = "-provider legacy -provider default"


class Chain:
    """The leaf, intermediate and root that most containers hold."""

    def __init__(self, shop: Workshop) -> None:
        self.root = shop.issue("/O=Example/CN=Corpus Root", "ec:P-256#root", extensions=CA)
        self.intermediate = shop.issue("/O=Example/CN=Corpus CA 1", "ec:P-256#ca", self.root, extensions=CA)
        self.leaf = shop.issue("/O=Example/CN=www.example", "ec:P-256#leaf", self.intermediate)
        self.issuers = shop.write(self.intermediate.pem + self.root.pem)

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """All three, the leaf first."""
        return self.leaf, self.intermediate, self.root

    @property
    def key_path(self) -> object:
        """The leaf's."""
        return self.leaf.key.path


def make(shop: Workshop) -> None:
    """All of them."""
    chain = Chain(shop)
    _pkcs12(shop, chain)
    _pkcs12_parts(shop, chain)
    _pkcs12_passwords(shop, chain)
    two_passwords(shop, chain)
    _pkcs7(shop, chain)
    _signed_data(shop, chain)


def _exported(chain: Chain) -> str:
    return f"openssl pkcs12 -export -in {chain.leaf.path} -inkey {chain.key_path} -certfile {chain.issuers}"


def _things(chain: Chain, *forms: str) -> list[Thing]:
    """What OpenSSL writes: the certificates first; the key in these forms."""
    return [*(found.thing("PKCS #12") for found in chain.certificates), chain.leaf.key.thing(*forms)]


def _pkcs12(shop: Workshop, chain: Chain) -> None:
    for name, options in (
        ("modern", ""),
        ("legacy", f"-legacy {_LEGACY}"),
        ("des3", "-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1"),
        ("aes128-sha512-mac", "-keypbe AES-128-CBC -certpbe AES-128-CBC -macalg sha512"),
        ("no-mac", "-nomac"),
        ("plain-certificates", "-certpbe NONE"),
        ("no-encryption", "-keypbe NONE -certpbe NONE"),
        ("one-round", "-iter 1"),
    ):
        made = f"{_exported(chain)} {options} -passout pass:{PASSWORD}"
        things = _things(chain, *(["PKCS #12"] if "-keypbe NONE" in options else _SHROUDED))
        shop.keep_made(f"pkcs12-{name}.p12", made, things, password=PASSWORD)
    made = f"{_exported(chain)} -keypbe NONE -certpbe NONE -nomac -passout pass:"
    shop.keep_made("pkcs12-no-encryption-no-mac.p12", made, _things(chain, "PKCS #12"))
    named = f"{_exported(chain)} -name tomcat -caname first -caname second -passout pass:{PASSWORD}"
    things = [
        chain.leaf.thing("PKCS #12", label="tomcat"),
        chain.intermediate.thing("PKCS #12", label="first"),
        chain.root.thing("PKCS #12", label="second"),
        chain.leaf.key.thing(*_SHROUDED, label="tomcat"),
    ]
    shop.keep_made("pkcs12-names.p12", named, things, password=PASSWORD)
    unicode = f"{_exported(chain)} -name 'Zertifikat für bücher' -passout pass:{PASSWORD}"
    things = [
        chain.leaf.thing("PKCS #12", label="Zertifikat für bücher"),
        chain.intermediate.thing("PKCS #12"),
        chain.root.thing("PKCS #12"),
        chain.leaf.key.thing(*_SHROUDED, label="Zertifikat für bücher"),
    ]
    shop.keep_made("pkcs12-unicode-name.p12", unicode, things, password=PASSWORD)


def _pkcs12_parts(shop: Workshop, chain: Chain) -> None:
    only_key = f"openssl pkcs12 -export -nocerts -inkey {chain.key_path} -passout pass:{PASSWORD}"
    shop.keep_made("pkcs12-key-only.p12", only_key, [chain.leaf.key.thing(*_SHROUDED)], password=PASSWORD)
    certificates = [found.thing("PKCS #12") for found in chain.certificates]
    everything = shop.write("".join(found.pem for found in chain.certificates))
    no_key = f"openssl pkcs12 -export -nokeys -in {everything} -passout pass:{PASSWORD}"
    shop.keep_made("pkcs12-certificates-only.p12", no_key, certificates, password=PASSWORD)
    chain = Chain(shop)
    many = [shop.issue(f"/CN=Authority {number}", "ec:P-256", extensions=CA) for number in range(20)]
    chain.issuers = shop.write("".join(found.pem for found in many))
    made = f"{_exported(chain)} -passout pass:{PASSWORD}"
    certificates = [found.thing("PKCS #12") for found in (chain.leaf, *many)]
    things = [*certificates, chain.leaf.key.thing(*_SHROUDED)]
    shop.keep_made("pkcs12-many-certificates.p12", made, things, password=PASSWORD)
    rsa = shop.issue("/CN=rsa.example", "rsa:2048")
    made = f"openssl pkcs12 -export -in {rsa.path} -inkey {rsa.key.path} -passout pass:{PASSWORD}"
    things = [rsa.thing("PKCS #12"), rsa.key.thing(*_SHROUDED)]
    shop.keep_made("pkcs12-rsa.p12", made, things, password=PASSWORD)
    nodes = f"openssl pkcs12 -in {shop.write(shop.run(made), '.p12')} -passin pass:{PASSWORD} -nodes"
    # The command of the IAM document, whose output has Bag Attributes between the blocks.
    text = [rsa.thing("PEM", remark="text"), rsa.key.thing("PEM", remark="text")]
    shop.keep_made("pkcs12-nodes-output.pem", nodes, text)


def _pkcs12_passwords(shop: Workshop, chain: Chain) -> None:
    everything = _things(chain, *_SHROUDED)
    shop.keep_made("pkcs12-empty-password.p12", f"{_exported(chain)} -passout pass:", everything)
    written = shop.run(f"{_exported(chain)} -passout pass:{PASSWORD}")
    made = "openssl pkcs12 -export"
    shop.keep("password-wrong-pkcs12.p12", written, made, (), [Refusal("WrongPassword", "password")], "wrong")
    shop.keep("password-missing-pkcs12.p12", written, made, (), [Refusal("PasswordNeeded", "password")])
    for name, password in (("unicode", "pässwörd"), ("japanese", "日本語のパス")):
        command = f"{_exported(chain)} -passout pass:{password}"
        shop.keep_made(f"password-{name}-pkcs12.p12", command, everything, password=password)
    rounds = f"{_exported(chain)} -iter 10000001 -keypbe NONE -certpbe NONE -passout pass:{PASSWORD}"
    refusal = (Refusal("TooManyRounds", "10"),)
    shop.keep_made("pkcs12-rounds-too-many.p12", rounds, (), refusals=refusal, password=PASSWORD)


def two_passwords(shop: Workshop, chain: Chain) -> None:
    """One for the MAC, another for the encryption. OpenSSL asks for them; without a terminal it reads the input."""
    path = shop.new_path(".p12")
    made = "openssl pkcs12 -export -twopass"
    typed = f"{PASSWORD}\n{PASSWORD}\n{OTHER_PASSWORD}\n{OTHER_PASSWORD}\n".encode()
    shop.run(f"setsid -w {_exported(chain)} -twopass -out {path}", typed)
    both = (OTHER_PASSWORD,)
    shop.keep(
        "pkcs12-two-passwords.p12", path.read_bytes(), made, _things(chain, *_SHROUDED), password=PASSWORD, others=both
    )


def _pkcs7(shop: Workshop, chain: Chain) -> None:
    everything = shop.write("".join(found.pem for found in chain.certificates))
    for name, source, found in (
        ("one", chain.leaf.path, chain.certificates[:1]),
        ("three", everything, chain.certificates),
    ):
        for form, suffix in (("PEM", "pem"), ("DER", "p7b")):
            forms = ("PEM", "PKCS #7") if form == "PEM" else ("PKCS #7",)
            shop.keep_made(
                f"pkcs7-{name}.{suffix}",
                f"openssl crl2pkcs7 -nocrl -certfile {source} -outform {form}",
                [one.thing(*forms) for one in found],
            )
    labelled = shop.run(f"openssl crl2pkcs7 -nocrl -certfile {everything}").replace(b"PKCS7", b"CERTIFICATE")
    things = [found.thing("PEM", "PKCS #7") for found in chain.certificates]
    shop.keep("pkcs7-labelled-certificate.pem", labelled, "PKCS #7 under the label CERTIFICATE", things)
    # The command of the IAM document: subject and issuer lines stand between the blocks.
    bundle = shop.write(shop.run(f"openssl crl2pkcs7 -nocrl -certfile {everything} -outform DER"), ".p7b")
    printed = f"openssl pkcs7 -inform DER -in {bundle} -print_certs"
    shop.keep_made(
        "pkcs7-print-certs.pem", printed, [found.thing("PEM", remark="text") for found in chain.certificates]
    )
    shop.keep_made(
        "pkcs7-empty.p7b", "openssl crl2pkcs7 -nocrl -outform DER", (), refusals=(Refusal("NotRecognised", "empty"),)
    )


def _signed_data(shop: Workshop, chain: Chain) -> None:
    text = shop.write("Hello\n", ".txt")
    signed = (
        f"openssl smime -sign -in {text} -signer {chain.leaf.path} -inkey {chain.key_path} -certfile {chain.issuers}"
    )
    things = [chain.leaf.thing("PKCS #7"), chain.intermediate.thing("PKCS #7"), chain.root.thing("PKCS #7")]
    shop.keep_made("pkcs7-signed-message.p7s", f"{signed} -outform DER -binary -nodetach", things)
    # -stream writes indefinite lengths (BER), which RFC 5652 allows for this structure.
    shop.keep_made("pkcs7-signed-message-ber.p7s", f"{signed} -outform DER -binary -nodetach -stream", things)
    cms = signed.replace("smime", "cms")
    shop.keep_made(
        "cms-signed-message.pem",
        f"{cms} -outform PEM -binary -nodetach",
        [
            chain.leaf.thing("PEM", "PKCS #7"),
            chain.intermediate.thing("PEM", "PKCS #7"),
            chain.root.thing("PEM", "PKCS #7"),
        ],
    )
    rsa = shop.issue("/CN=receiver.example", "rsa:2048")
    sealed = f"openssl smime -encrypt -aes256 -in {text} -outform DER {rsa.path}"
    shop.keep_made("pkcs7-encrypted-message.p7m", sealed, (), refusals=(Refusal("", "encrypted"),))
