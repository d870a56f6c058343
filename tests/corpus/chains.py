"""Chains, right and wrong, each with the verdict of `openssl verify` and with the path that must be found."""

from typing import Final

from tests.corpus.answers import Verdict
from tests.corpus.workshop import CA, SERVER, Certificate, Workshop

_LINKED: Final = "\nauthorityKeyIdentifier=keyid"


class Family:
    """A root, two intermediates under each other, a leaf."""

    def __init__(self, shop: Workshop) -> None:
        self.shop = shop
        self.root = self.authority("Chain Root")
        self.upper = self.authority("Upper CA", self.root)
        self.lower = self.authority("Lower CA", self.upper)
        self.leaf = self.server("leaf.example", self.lower)

    def authority(self, name: str, issuer: Certificate | None = None, key: str = "", **rest: str) -> Certificate:
        """A CA certificate; its key is of its name unless told otherwise."""
        extensions = rest.pop("extensions", CA) + (_LINKED if issuer else "")
        return self.shop.issue(
            f"/O=Example/CN={name}", key or f"ec:P-256#{name}", issuer, extensions=extensions, **rest
        )

    def server(self, name: str, issuer: Certificate, **rest: str) -> Certificate:
        """A leaf."""
        extensions = rest.pop("extensions", SERVER) + f"\nsubjectAltName=DNS:{name}" + _LINKED
        return self.shop.issue(f"/O=Example/CN={name}", "ec:P-256#server", issuer, extensions=extensions, **rest)

    def keep(
        self,
        name: str,
        certificates: list[Certificate],
        made: str,
        path: list[Certificate],
        *,
        root: Certificate | None = None,
        leaf: Certificate | None = None,
        missing: str | None = None,
        unrelated: tuple[Certificate, ...] = (),
    ) -> None:
        """One case. OpenSSL trusts the roots of the file."""
        verdict = Verdict(
            leaf=certificates.index(leaf or self.leaf),
            trusted=tuple(at for at, found in enumerate(certificates) if found.self_signed),
            openssl="",
            path=tuple(found.subject for found in path),
            root=root.subject if root else None,
            missing=missing,
            unrelated=tuple(found.subject for found in unrelated),
        )
        self.shop.keep_chain(f"chain-{name}.pem", certificates, made, verdict)


def make(shop: Workshop) -> None:
    """All of them."""
    family = Family(shop)
    _orders(family)
    _gaps(family)
    _look_alikes(family)
    _cross_signed(family)
    _invalid_issuers(family)
    _constraints(family)
    _algorithms(family)


def _orders(of: Family) -> None:
    leaf, lower, upper, root = of.leaf, of.lower, of.upper, of.root
    path = [lower, upper]
    of.keep("right", [leaf, lower, upper, root], "leaf, issuers in order, root", path, root=root)
    of.keep("reversed", [root, upper, lower, leaf], "root first, leaf last", path, root=root)
    of.keep("shuffled", [upper, leaf, root, lower], "no order", path, root=root)
    of.keep("leaf-twice", [leaf, leaf, lower, upper, root], "the leaf once more in the chain", path, root=root)
    of.keep("without-root", [leaf, lower, upper], "the root left out", path, missing=root.subject)
    stranger = of.authority("Stranger")
    everything = [leaf, stranger, lower, upper, root]
    of.keep("unrelated", everything, "a root of somebody else between", path, root=root, unrelated=(stranger,))
    alone = of.shop.issue("/CN=alone.example", "ec:P-256#alone")
    of.keep("self-signed", [alone], "a self-signed certificate of no authority", [], root=alone, leaf=alone)
    of.keep("root-alone", [root], "a root", [], root=root, leaf=root)


def _gaps(of: Family) -> None:
    leaf, lower, upper, root = of.leaf, of.lower, of.upper, of.root
    of.keep(
        "no-lower", [leaf, upper, root], "the leaf's issuer missing", [], missing=lower.subject, unrelated=(upper, root)
    )
    of.keep(
        "no-upper", [leaf, lower, root], "one in the middle missing", [lower], missing=upper.subject, unrelated=(root,)
    )
    of.keep("leaf-alone", [leaf], "the leaf alone", [], missing=lower.subject)


def _look_alikes(of: Family) -> None:
    leaf, lower, upper, root = of.leaf, of.lower, of.upper, of.root
    other = of.authority("Lower CA", upper, "ec:P-256#other")
    path = [lower, upper]
    both = [leaf, other, lower, upper, root]
    of.keep("same-name-other-key", both, "two CAs of one name", path, root=root, unrelated=(other,))
    wrong = [leaf, other, upper, root]
    of.keep(
        "wrong-key", wrong, "only the CA of the same name", [], missing=lower.subject, unrelated=(other, upper, root)
    )
    plain = of.server("plain.example", lower, extensions="basicConstraints=CA:FALSE")
    stripped = of.shop.issue(
        "/O=Example/CN=plain.example", "ec:P-256#server", lower, extensions="basicConstraints=CA:FALSE"
    )
    of.keep(
        "no-key-identifiers",
        [stripped, other, lower, upper, root],
        "nothing but names and signatures",
        path,
        root=root,
        leaf=stripped,
        unrelated=(other,),
    )
    of.keep(
        "two-leaves", [plain, leaf, lower, upper, root], "two leaves of one issuer", path, root=root, unrelated=(plain,)
    )
    # Forged: the signature of the leaf is another's. OpenSSL says so; for us nobody issued it.
    der = bytearray(of.shop.der(leaf.path))
    der[-3] ^= 1
    path_of = of.shop.write(of.shop.run("openssl x509 -inform DER", bytes(der)))
    forged = of.shop.certificate(path_of, leaf.subject, leaf.key)
    of.keep(
        "signature-broken",
        [forged, lower, upper, root],
        "a bit of the leaf's signature flipped",
        [],
        leaf=forged,
        missing=lower.subject,
        unrelated=(lower, upper, root),
    )


def _cross_signed(of: Family) -> None:
    older = of.authority("Older Root")
    crossed = of.authority("Chain Root", older, "ec:P-256#Chain Root")
    leaf, lower, upper, root = of.leaf, of.lower, of.upper, of.root
    path = [lower, upper, crossed]
    of.keep("cross-signed", [leaf, lower, upper, crossed, older], "the root signed by an older one", path, root=older)
    both = [leaf, lower, upper, crossed, older, root]
    of.keep("cross-signed-both", both, "both ways up", [lower, upper], root=root, unrelated=(crossed, older))
    expired = of.authority("Chain Root", older, "ec:P-256#Chain Root", start="20100101000000Z", end="20150101000000Z")
    three = [leaf, lower, upper, expired, crossed, older]
    of.keep("cross-signed-expired", three, "an expired cross-signature first", path, root=older, unrelated=(expired,))
    # A loop: two authorities that signed each other, and no root.
    one, two = of.authority("Loop One"), of.authority("Loop Two")
    one_by_two = of.authority("Loop One", two, "ec:P-256#Loop One")
    two_by_one = of.authority("Loop Two", one, "ec:P-256#Loop Two")
    looped = of.server("looped.example", one)
    of.keep(
        "loop",
        [looped, one_by_two, two_by_one],
        "two authorities that signed each other",
        [one_by_two, two_by_one],
        leaf=looped,
        missing=one.subject,
    )


def _invalid_issuers(of: Family) -> None:
    root = of.root
    expired = of.authority("Expired CA", root, start="20100101000000Z", end="20150101000000Z")
    leaf = of.server("expired-issuer.example", expired)
    of.keep(
        "expired-intermediate",
        [leaf, expired, root],
        "an intermediate of 2010 to 2015",
        [expired],
        root=root,
        leaf=leaf,
    )
    renewed = of.authority("Expired CA", root)
    both = [leaf, expired, renewed, root]
    of.keep(
        "renewed-intermediate",
        both,
        "the same key, expired and renewed",
        [renewed],
        root=root,
        leaf=leaf,
        unrelated=(expired,),
    )
    leaf = of.server("expired-leaf.example", of.lower, start="20100101000000Z", end="20150101000000Z")
    of.keep(
        "expired-leaf", [leaf, of.lower, of.upper, root], "an expired leaf", [of.lower, of.upper], root=root, leaf=leaf
    )
    future = of.authority("Future CA", root, start="21000101000000Z")
    leaf = of.server("future-issuer.example", future)
    of.keep(
        "future-intermediate", [leaf, future, root], "an intermediate of the year 2100", [future], root=root, leaf=leaf
    )
    # A server's certificate that signs another one (CVE-2002-0862 and many since).
    server = of.server("server.example", root)
    leaf = of.shop.issue("/CN=signed-by-server.example", "ec:P-256#victim", server, extensions=SERVER)
    of.keep(
        "issuer-is-no-authority",
        [leaf, server, root],
        "signed by a certificate with CA:FALSE",
        [],
        leaf=leaf,
        missing=server.subject,
        unrelated=(server, root),
    )
    unmarked = of.authority("Unmarked CA", root, extensions="subjectKeyIdentifier=hash")
    leaf = of.server("unmarked-issuer.example", unmarked)
    of.keep(
        "issuer-without-constraints",
        [leaf, unmarked, root],
        "an issuer without BasicConstraints",
        [unmarked],
        root=root,
        leaf=leaf,
    )
    signing = of.authority("Not Signing CA", root, extensions="basicConstraints=critical,CA:TRUE\nkeyUsage=cRLSign")
    leaf = of.server("not-signing.example", signing)
    of.keep(
        "issuer-may-not-sign", [leaf, signing, root], "keyUsage without keyCertSign", [signing], root=root, leaf=leaf
    )


def _constraints(of: Family) -> None:
    short = of.authority("Short Root", extensions=CA.replace("CA:TRUE", "CA:TRUE,pathlen:0"))
    below = of.authority("Below", short)
    leaf = of.server("too-deep.example", below)
    of.keep("path-length", [leaf, below, short], "pathlen:0 above another CA", [below], root=short, leaf=leaf)
    named = of.authority(
        "Named CA", of.root, extensions=f"{CA}\nnameConstraints=critical,permitted;DNS:allowed.example"
    )
    for name, host in (("names-kept", "www.allowed.example"), ("names-violated", "www.elsewhere.example")):
        leaf = of.server(host, named)
        of.keep(
            name,
            [leaf, named, of.root],
            f"{host} under permitted;DNS:allowed.example",
            [named],
            root=of.root,
            leaf=leaf,
        )
    unknown = of.authority("Unknown CA", of.root, extensions=f"{CA}\n1.2.3.4=critical,ASN1:NULL")
    leaf = of.server("unknown-critical.example", unknown)
    of.keep(
        "unknown-critical",
        [leaf, unknown, of.root],
        "an unknown critical extension",
        [unknown],
        root=of.root,
        leaf=leaf,
    )
    client = of.server("client.example", of.lower, extensions=SERVER.replace("serverAuth", "clientAuth"))
    of.keep(
        "client-only",
        [client, of.lower, of.upper, of.root],
        "extendedKeyUsage=clientAuth",
        [of.lower, of.upper],
        root=of.root,
        leaf=client,
    )


def _algorithms(of: Family) -> None:
    for name, spec, digest in (
        ("sha1-intermediate", "ec:P-256#Weak CA", "sha1"),
        ("p521-intermediate", "ec:P-521#ca", "sha512"),
        ("ed25519-intermediate", "ed25519#ca", "default"),
        ("rsa-intermediate", "rsa:2048#ca", "sha256"),
        ("secp256k1-intermediate", "ec:secp256k1#ca", "sha256"),
        ("dsa-intermediate", "dsa:2048#ca", "sha256"),
    ):
        authority = of.authority(f"Chain {name}", of.root, spec, options=f"-md {digest}" if digest == "sha1" else "")
        leaf = of.server(f"{name}.example", authority)
        if digest == "sha1":
            of.keep(
                name, [leaf, authority, of.root], f"{spec}, signed with {digest}", [authority], root=of.root, leaf=leaf
            )
        else:
            of.keep(
                name, [leaf, authority, of.root], f"an intermediate of {spec}", [authority], root=of.root, leaf=leaf
            )
    pss = of.authority("PSS CA", of.root, "rsa:2048#pss")
    leaf = of.server("pss.example", pss, options="-md sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32")
    of.keep("pss-signature", [leaf, pss, of.root], "a leaf signed with RSASSA-PSS", [pss], root=of.root, leaf=leaf)
