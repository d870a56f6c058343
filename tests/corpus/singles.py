"""Single things, each in a file of its own: certificates of every algorithm, keys, requests, revocation lists."""

from typing import Final

from tests.corpus.answers import Thing
from tests.corpus.workshop import CA, SERVER, Certificate, Workshop

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
    "dsa:2048",
    "rsa-pss:2048",
)
_MANY_NAMES: Final = (
    "subjectAltName=DNS:a.example,DNS:*.b.example,DNS:xn--bcher-kva.example,IP:192.0.2.7,IP:2001:db8::7,"
    "email:admin@a.example,URI:https://a.example/x"
)


def file_of(spec: str) -> str:
    """`rsa:2048` as a part of a file's name."""
    return spec.replace(":", "-").lower()


def make(shop: Workshop) -> None:
    """All of them."""
    _algorithms(shop)
    _signatures(shop)
    _subjects(shop)
    _odd_certificates(shop)
    _dates(shop)
    _requests(shop)
    _revocation_lists(shop)


def _self_signed(shop: Workshop, name: str, spec: str, extensions: str = SERVER, options: str = "") -> Certificate:
    return shop.issue(f"/O=Example/CN={name}.example", spec, extensions=extensions, options=options)


def _algorithms(shop: Workshop) -> None:
    for spec in _SPECS:
        found = _self_signed(shop, file_of(spec), spec)
        shop.keep(f"certificate-{file_of(spec)}.pem", found.pem, f"openssl ca -selfsign, {spec}", [found.thing("PEM")])
        if spec in {"rsa:2048", "ec:P-256", "ed25519", "dsa:2048"}:
            name = f"certificate-{file_of(spec)}.der"
            shop.keep_made(name, f"openssl x509 -in {found.path} -outform DER", [found.thing("DER")])
    signer = shop.issue("/O=Example/CN=X25519 signer", "ec:P-256", extensions=CA)
    public, agreed = shop.new_path(), shop.new_path()
    shop.run(f"openssl pkey -in {shop.key('x25519').path} -pubout -out {public}")
    request = shop.request("/CN=ignored", shop.key("ec:P-256"))
    shop.run(
        f"openssl x509 -req -in {request} -force_pubkey {public} -subj /CN=x25519.example -days 36500 "
        f"-CA {signer.path} -CAkey {signer.key.path} -out {agreed}"
    )
    found = shop.certificate(agreed, "CN=x25519.example", shop.key("x25519"))
    shop.keep("certificate-x25519.pem", found.pem, "openssl x509 -req -force_pubkey X25519", [found.thing("PEM")])


def _signatures(shop: Workshop) -> None:
    for spec, digest in (
        ("rsa:2048", "md5"),
        ("rsa:2048", "sha1"),
        ("rsa:2048", "sha384"),
        ("rsa:2048", "sha512"),
        ("ec:P-256", "sha1"),
        ("ec:P-256", "sha384"),
        ("ec:P-256", "sha512"),
    ):
        found = _self_signed(shop, f"{digest}-{file_of(spec)}", spec, options=f"-md {digest}")
        name = f"certificate-{file_of(spec)}-{digest}.pem"
        shop.keep(name, found.pem, f"openssl ca -selfsign -md {digest}, {spec}", [found.thing("PEM")])
    options = "-md sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32"
    found = _self_signed(shop, "pss", "rsa:2048", options=options)
    shop.keep("certificate-rsa-2048-pss.pem", found.pem, f"openssl ca -selfsign {options}", [found.thing("PEM")])


def _subjects(shop: Workshop) -> None:
    for name, subject, shown in (
        ("unicode-subject", "/O=Bücher & Söhne/CN=bücher.example", "CN=bücher.example,O=Bücher & Söhne"),
        ("special-subject", "/O=Example, Inc. \\+ Sons/CN=a.example", "CN=a.example,O=Example\\, Inc. \\+ Sons"),
        # A SET in DER has its shorter value first (X.690 11.6).
        ("two-valued-subject", "/O=Example+OU=Web/CN=a.example", "CN=a.example,OU=Web+O=Example"),
        (
            "long-subject",
            "/C=DE/ST=Bayern/L=Muenchen/O=Example/OU=Web/OU=Two/CN=a.example/emailAddress=a@b.example",
            "emailAddress=a@b.example,CN=a.example,OU=Two,OU=Web,O=Example,L=Muenchen,ST=Bayern,C=DE",
        ),
        ("empty-subject", "/", "(an empty name)"),
        ("dc-subject", "/DC=example/DC=com/CN=host", "CN=host,DC=com,DC=example"),
    ):
        extensions = SERVER + "\nsubjectAltName=critical,DNS:a.example" if name == "empty-subject" else SERVER
        found = shop.issue(subject, "ec:P-256", extensions=extensions, shown=shown)
        shop.keep(f"certificate-{name}.pem", found.pem, f"openssl req -subj '{subject}'", [found.thing("PEM")])
    found = _self_signed(shop, "many-names", "ec:P-256", f"{SERVER}\n{_MANY_NAMES}")
    shop.keep("certificate-many-names.pem", found.pem, _MANY_NAMES, [found.thing("PEM")])
    names = ",".join(f"DNS:host-{number}.a.example" for number in range(100))
    found = _self_signed(shop, "hundred-names", "ec:P-256", f"{SERVER}\nsubjectAltName={names}")
    shop.keep("certificate-hundred-names.pem", found.pem, "subjectAltName of 100 names", [found.thing("PEM")])


def _odd_certificates(shop: Workshop) -> None:
    key = shop.key("ec:P-256")
    request = shop.request("/O=Example/CN=odd.example", key)
    signed = f"openssl x509 -req -in {request} -signkey {key.path} -days 36500"
    for name, options in (
        ("version-1", ""),
        ("serial-zero", "-set_serial 0"),
        ("serial-negative", "-set_serial -5"),
        ("serial-long", "-set_serial 0x7f000102030405060708090a0b0c0d0e0f101112"),
    ):
        path = shop.new_path()
        shop.run(f"{signed} {options} -out {path}")
        found = shop.certificate(path, "CN=odd.example,O=Example", key)
        made = f"openssl x509 -req -in IN -signkey IN {options}"
        shop.keep(f"certificate-{name}.pem", found.pem, made, [found.thing("PEM")])
    found = _self_signed(shop, "written", "ec:P-256")
    shop.keep_made(
        "certificate-with-text.pem", f"openssl x509 -in {found.path} -text", [found.thing("PEM", remark="text")]
    )
    trusted = f"openssl x509 -in {found.path} -trustout -addtrust serverAuth -setalias corpus"
    shop.keep_made("certificate-trusted.pem", trusted, [found.thing("PEM", remark="TRUSTED")])
    older = found.pem.replace(" CERTIFICATE-", " X509 CERTIFICATE-")
    shop.keep("certificate-x509-label.pem", older, "the label X509 CERTIFICATE", [found.thing("PEM", remark="X509")])


def _dates(shop: Workshop) -> None:
    for name, start, end in (
        ("expired", "20100101000000Z", "20150101000000Z"),
        ("not-yet-valid", "21000101000000Z", "21200101000000Z"),
        ("forever", "20200101000000Z", "99991231235959Z"),
        ("since-1950", "19500101000000Z", "20491231235959Z"),
    ):
        found = shop.issue(f"/CN={name}.example", "ec:P-256", start=start, end=end)
        made = f"openssl ca -startdate {start} -enddate {end}"
        shop.keep(f"certificate-{name}.pem", found.pem, made, [found.thing("PEM")])


def _requests(shop: Workshop) -> None:
    for spec in ("rsa:2048", "ec:P-256", "ed25519"):
        key = shop.key(spec)
        path = shop.request("/O=Example/CN=request.example", key, "-addext subjectAltName=DNS:request.example")
        thing = Thing("certificate request", ("PEM",), key.name, "CN=request.example,O=Example", key.digest)
        shop.keep(f"request-{file_of(spec)}.pem", path.read_bytes(), f"openssl req -new, {spec}", [thing])
    key = shop.key("ec:P-256")
    path = shop.request("/O=Example/CN=request.example", key)
    subject = "CN=request.example,O=Example"
    in_der = Thing("certificate request", ("DER",), key.name, subject, key.digest)
    shop.keep_made("request-ec-p-256.der", f"openssl req -in {path} -outform DER", [in_der])
    in_pem = Thing("certificate request", ("PEM",), key.name, subject, key.digest)
    shop.keep_made("request-new-label.pem", f"openssl req -in {path} -newhdr", [in_pem])
    der = bytearray(shop.der(path, "req"))
    der[-1] ^= 1
    shop.keep("request-signature-broken.der", bytes(der), "the last bit of the signature flipped", [in_der])


def _revocation_lists(shop: Workshop) -> None:
    authority = shop.issue("/O=Example/CN=Listing CA", "ec:P-256#listing", extensions=CA)
    revoked = shop.issue("/CN=revoked.example", "ec:P-256", authority)
    signer = f"-keyfile {authority.key.path} -cert {authority.path}"
    shop.run(f"openssl ca -config openssl.cnf {signer} -revoke {revoked.path}")
    path = shop.new_path()
    shop.run(f"openssl ca -config openssl.cnf {signer} -gencrl -crldays 36500 -out {path}")
    digest = shop.run(f"openssl crl -in {path} -noout -fingerprint -sha256").decode()
    plain = digest.partition("=")[2].strip().replace(":", "").lower()
    for form, command in (("PEM", "openssl crl"), ("DER", "openssl crl -outform DER")):
        thing = Thing("certificate revocation list", (form,), "", "CN=Listing CA,O=Example", plain)
        shop.keep_made(f"revocation-list.{form.lower()}", f"{command} -in {path}", [thing])
