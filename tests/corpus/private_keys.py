"""Private keys in every form, public keys, parameters, and keys under a password."""

from base64 import b64decode
from typing import Final

from tests.corpus.answers import PASSWORD, Refusal, Thing
from tests.corpus.singles import file_of
from tests.corpus.workshop import Key, Workshop

_SPECS: Final = (
    "rsa:1024",
    "rsa:2048",
    "rsa:3072",
    "rsa:4096",
    "ec:P-256",
    "ec:P-384",
    "ec:P-521",
    "ec:secp256k1",
    "ed25519",
    "ed448",
    "x25519",
    "dsa:2048",
    "rsa-pss:2048",
)
_ENCRYPTIONS: Final = {
    "pbes2-aes256": "-v2 aes-256-cbc -v2prf hmacWithSHA256",
    "pbes2-aes128-sha1": "-v2 aes-128-cbc -v2prf hmacWithSHA1",
    "pbes2-aes256-sha512": "-v2 aes-256-cbc -v2prf hmacWithSHA512",
    "pbes2-des3": "-v2 des3",
    "scrypt": "-scrypt",
    "pbes1-sha1-des3": "-v1 PBE-SHA1-3DES",
    "pbes1-sha1-rc2-128": "-v1 PBE-SHA1-RC2-128 -provider legacy -provider default",
    "pbes1-md5-des": "-v1 PBE-MD5-DES -provider legacy -provider default",
}
_TRADITIONAL: Final = (
    ("rsa:2048", "aes256"),
    ("rsa:2048", "aes128"),
    ("rsa:2048", "des3"),
    ("rsa:2048", "camellia256"),
    ("ec:P-256", "aes256"),
    ("dsa:2048", "aes128"),
)


def make(shop: Workshop) -> None:
    """All of them."""
    for spec in _SPECS:
        key = shop.key(spec)
        shop.keep(f"key-{file_of(spec)}.pem", key.pem, f"openssl genpkey, {spec}", [key.thing("PEM")])
    _other_forms(shop)
    _odd_keys(shop)
    _public_keys(shop)
    _encrypted(shop)
    _traditional(shop)
    _openssh(shop)
    _about_passwords(shop)


def _other_forms(shop: Workshop) -> None:
    for spec in ("rsa:2048", "ec:P-256", "ed25519"):
        key = shop.key(spec)
        shop.keep_made(f"key-{file_of(spec)}.der", f"openssl pkey -in {key.path} -outform DER", [key.thing("DER")])
    for spec, command in (
        ("rsa:1024", "rsa"),
        ("rsa:2048", "rsa"),
        ("rsa:4096", "rsa"),
        ("ec:P-256", "ec"),
        ("ec:P-384", "ec"),
        ("ec:P-521", "ec"),
        ("dsa:2048", "dsa"),
    ):
        key = shop.key(spec)
        name = f"key-{file_of(spec)}-traditional"
        written = (
            f"openssl {command} -in {key.path} -traditional"
            if command == "rsa"
            else f"openssl {command} -in {key.path}"
        )
        shop.keep_made(f"{name}.pem", written, [key.thing("PEM")])
        if spec in {"rsa:2048", "ec:P-256", "dsa:2048"}:
            shop.keep_made(f"{name}.der", f"{written} -outform DER", [key.thing("DER")])


def _odd_keys(shop: Workshop) -> None:
    path = shop.new_path()
    shop.run(f"openssl ecparam -name prime256v1 -genkey -out {path}")
    key = shop.known(path, "ec:P-256")
    parameters = Thing("parameters", ("PEM",))
    # The command of the Elastic Load Balancing document.
    both = [parameters, key.thing("PEM", remark="EC PARAMETERS")]
    shop.keep("key-with-ec-parameters.pem", path.read_bytes(), "openssl ecparam -name prime256v1 -genkey", both)
    shop.keep_made("parameters-ec.pem", "openssl ecparam -name secp384r1", [parameters])
    shop.keep_made(
        "parameters-dh.pem", "openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048", [parameters]
    )
    key = shop.key("ec:P-256")
    shop.keep_made("key-ec-no-public.pem", f"openssl ec -in {key.path} -no_public", [key.thing("PEM")])
    # Explicit parameters that are those of P-256: the key is read, and written with the curve's name.
    shop.keep_made("key-ec-explicit.pem", f"openssl ec -in {key.path} -param_enc explicit", [key.thing("PEM")])
    for name, options in (("three-primes", "-primes 3"), ("exponent-3", "-3")):
        path = shop.new_path()
        shop.run(f"openssl genrsa {options} -out {path} 2048")
        key = shop.known(path, "rsa:2048")
        refusals = [Refusal("SeveralPrimes", "3 primes")] if name == "three-primes" else []
        pieces = [] if refusals else [key.thing("PEM")]
        shop.keep(f"key-rsa-{name}.pem", path.read_bytes(), f"openssl genrsa {options} 2048", pieces, refusals)
    key = shop.key("rsa:2048")
    shown = f"openssl pkey -in {key.path} -text"
    shop.keep_made("key-with-text.pem", shown, [key.thing("PEM", remark="text")])


def _public_keys(shop: Workshop) -> None:
    for spec in ("rsa:2048", "ec:P-256", "ed25519"):
        key, name = shop.key(spec), f"public-key-{file_of(spec)}"
        command = f"openssl pkey -in {key.path} -pubout"
        shop.keep_made(f"{name}.pem", command, [key.public("PEM")])
        shop.keep_made(f"{name}.der", f"{command} -outform DER", [key.public("DER")])
    key = shop.key("rsa:2048")
    shop.keep_made("public-key-pkcs1.pem", f"openssl rsa -in {key.path} -RSAPublicKey_out", [key.public("PEM")])


def _encrypted(shop: Workshop) -> None:
    key = shop.key("ec:P-256")
    for name, options in _ENCRYPTIONS.items():
        command = f"openssl pkcs8 -topk8 -in {key.path} {options} -passout pass:{PASSWORD}"
        for form in ("PEM", "DER") if name in {"pbes2-aes256", "scrypt", "pbes1-sha1-des3"} else ("PEM",):
            # That a container is DER is not said: it always is.
            thing = key.thing(*(["PEM"] if form == "PEM" else []), "encrypted PKCS #8")
            made = f"{command} -outform {form}"
            shop.keep_made(f"encrypted-{name}.{form.lower()}", made, [thing], password=PASSWORD)
    key = shop.key("rsa:2048")
    command = f"openssl genpkey -algorithm RSA -aes256 -pass pass:{PASSWORD}"
    path = shop.new_path()
    shop.run(f"{command} -out {path}")
    plain = shop.write(shop.run(f"openssl pkey -in {path} -passin pass:{PASSWORD}"))
    shop.keep(
        "encrypted-genpkey.pem",
        path.read_bytes(),
        command,
        [shop.known(plain, "rsa:2048").thing("PEM", "encrypted PKCS #8")],
        password=PASSWORD,
    )


def _traditional(shop: Workshop) -> None:
    for spec, cipher in _TRADITIONAL:
        key = shop.key(spec)
        command = spec.partition(":")[0]
        extra = "-traditional" if command == "rsa" else ""
        shop.keep_made(
            f"encrypted-traditional-{file_of(spec)}-{cipher}.pem",
            f"openssl {command} -in {key.path} {extra} -{cipher} -passout pass:{PASSWORD}",
            [key.thing("PEM", "encrypted traditional PEM")],
            password=PASSWORD,
        )


def _openssh(shop: Workshop) -> None:
    for kind, spec in (("ed25519", "ed25519"), ("rsa -b 2048", "rsa:2048"), ("ecdsa -b 256", "ec:P-256")):
        for password in ("", PASSWORD):
            path = shop.new_path("")
            shop.run(f"ssh-keygen -q -t {kind} -N '{password}' -C '' -f {path}")
            written = path.read_bytes()
            key = _as_pkcs8(shop, path, password, spec)
            shop.keep(
                f"openssh-{kind.partition(' ')[0]}{'-encrypted' if password else ''}.pem",
                written,
                f"ssh-keygen -t {kind} -N '{password}'",
                [key.thing("PEM", "OpenSSH")],
                password=password or None,
            )
            if not password:
                line = path.with_suffix(".pub").read_bytes()
                name = f"openssh-public-{kind.partition(' ')[0]}.pub"
                shop.keep(name, line, "the .pub file of ssh-keygen", [key.public("OpenSSH")])


def _as_pkcs8(shop: Workshop, path: object, password: str, spec: str) -> Key:
    """What OpenSSL reads of it, after ssh-keygen has written it anew; OpenSSL reads no OpenSSH file itself.

    An Ed25519 key has no other form with ssh-keygen: its public half is taken from the `.pub` file instead.
    """
    if spec == "ed25519":
        line = shop.run(f"ssh-keygen -y -P '{password}' -f {path}").split()[1]
        prefix = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo of Ed25519, RFC 8410 section 4
        public = shop.write(prefix + b64decode(line)[-32:], ".der")
        shop.run(f"openssl pkey -pubin -inform DER -in {public} -noout")
        return Key(spec, public, shop.digest(public.read_bytes()))
    shop.run(f"ssh-keygen -q -p -P '{password}' -N '' -m PEM -f {path}")
    plain = shop.write(shop.run(f"openssl pkey -in {path}"))
    return shop.known(plain, spec)


def _about_passwords(shop: Workshop) -> None:
    key = shop.key("ec:P-256")
    command = f"openssl pkcs8 -topk8 -in {key.path} -v2 aes-256-cbc -passout pass:{PASSWORD}"
    written = shop.run(command)
    shop.keep("password-wrong-pkcs8.pem", written, command[:12], (), [Refusal("WrongPassword", "password")], "wrong")
    shop.keep("password-missing-pkcs8.pem", written, command[:12], (), [Refusal("PasswordNeeded", "password")])
    traditional = shop.run(f"openssl ec -in {key.path} -aes256 -passout pass:{PASSWORD}")
    made = "openssl ec -aes256"
    refusal = [Refusal("WrongPassword", "password")]
    shop.keep("password-wrong-traditional.pem", traditional, made, (), refusal, "wrong")
    refusal = [Refusal("PasswordNeeded", "password")]
    shop.keep("password-missing-traditional.pem", traditional, made, (), refusal)
    for name, password in (("unicode", "pässwörd-日本"), ("spaces", " a b "), ("long", "x" * 200)):
        done = shop.run(f"openssl pkcs8 -topk8 -in {key.path} -v2 aes-256-cbc -passout 'pass:{password}'")
        thing = key.thing("PEM", "encrypted PKCS #8")
        shop.keep(f"password-{name}-pkcs8.pem", done, f"openssl pkcs8 -topk8, {name}", [thing], password=password)
    # More rounds than anybody waits for: PBKDF2 would take seconds, so the number must be seen first.
    many = f"openssl pkcs8 -topk8 -in {key.path} -v2 aes-256-cbc -iter 10000001 -passout pass:{PASSWORD}"
    shop.keep_made("rounds-too-many.pem", many, (), refusals=(Refusal("TooManyRounds", "10"),), password=PASSWORD)
    # OpenSSL refuses to make one of more than 32 MiB: its r of 8 becomes 127 (RFC 7914 section 6), so 266 MB.
    written = shop.run(f"openssl pkcs8 -topk8 -in {key.path} -scrypt -outform DER -passout pass:{PASSWORD}")
    small, large = (bytes.fromhex(f"020240000201{r}") for r in ("08", "7f"))
    made = "openssl pkcs8 -topk8 -scrypt, with r of 127"
    refusals = [Refusal("", "memory")]
    shop.keep("scrypt-too-large.der", written.replace(small, large), made, (), refusals, PASSWORD)
