"""The rows of `tests/bad_uploads.py` that are about the chain.

The scene: Example Root signed Upper, which signed Lower, which signed build.example.com.
"""

from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests import forged
from tests.pki import Authority, chain_of, rsa_key
from tests.uploads import MALFORMED, VALIDATION, Scene, Upload, broken_chain

from sealstone.x509 import problems
from sealstone.x509.problems import X509Problem


def uploads(scene: Scene) -> Iterator[Upload]:
    """All of them."""
    yield from _order(scene)
    yield from _strangers(scene)
    yield from _texts(scene)
    yield from _signatures(scene)


def _chain(
    scene: Scene,
    id_: str,
    description: str,
    chain: str,
    *words: str,
    at: int = -1,
    problem: type[X509Problem] = problems.ChainBroken,
) -> Upload:
    """A good leaf and its key, with a chain that is refused at the index `at`."""
    return Upload(
        id_,
        description,
        scene.leaf.certificate_pem,
        scene.leaf.private_key_pem,
        chain,
        problem,
        code=MALFORMED,
        message=broken_chain(at),
        words=words,
    )


def _order(scene: Scene) -> Iterator[Upload]:
    leaf, lower, upper, root = scene.leaf, scene.lower, scene.upper, scene.root
    yield _chain(scene, "reversed", "root first", chain_of([root, upper, lower]), "reverse order")
    yield _chain(scene, "reversed-2", "without the root", chain_of([upper, lower]), "reverse order")
    swapped = chain_of([upper, lower, root])
    yield _chain(scene, "swapped", "first two swapped", swapped, "chain certificate 1", "first")
    swapped = chain_of([lower, root, upper])
    yield _chain(scene, "swapped-above", "last two swapped", swapped, "certificate 2", at=0)
    itself = chain_of([leaf, lower, upper, root])
    yield _chain(scene, "leaf-first", "the leaf opens the chain", itself, "the certificate itself", "Example Lower")
    yield _chain(scene, "leaf-only", "the leaf as its chain, not self-signed", leaf.certificate_pem, "itself")
    missing = chain_of([lower, root])
    yield _chain(scene, "gap", "Upper is missing", missing, "CN=Example Upper", "not in the chain", at=0)
    yield _chain(
        scene, "gap-first", "Lower is missing", chain_of([upper, root]), "CN=Example Lower", "not in the chain"
    )
    twice = chain_of([lower, lower, upper, root])
    yield _chain(scene, "issuer-twice", "Lower twice", twice, "a second time", at=0)
    twice = chain_of([lower, upper, root, leaf])
    yield _chain(scene, "after-the-root", "something follows the root", twice, "follows it", at=2)
    yield _chain(scene, "root-only-of-three", "root instead of Lower", root.certificate_pem, "Example Lower")


def _strangers(scene: Scene) -> Iterator[Upload]:
    leaf, lower, upper, root = scene.leaf, scene.lower, scene.upper, scene.root
    stranger = scene.stranger
    yield _chain(scene, "unrelated", "another authority", stranger.certificate_pem, "Stranger Root", "did not sign")
    added = chain_of([lower, upper, stranger])
    yield _chain(scene, "unrelated-root", "another root at the end", added, "Stranger Root", at=1)
    renewed = lower.again()
    yield _chain(scene, "same-name-other-key", "renewed issuer", renewed.certificate_pem, "another key")
    other_root = chain_of([lower, upper, root.again()])
    yield _chain(scene, "root-of-same-name", "another root of that name", other_root, "another key", at=1)
    kind = Authority(lower.name, key=rsa_key(), valid_at=scene.at)
    yield _chain(
        scene, "same-name-other-kind", "RSA issuer for an ECDSA signature", kind.certificate_pem, "another key"
    )
    after = chain_of([lower, upper, root, root.again()])
    yield _chain(scene, "root-after-root", "two roots of one name", after, "another key", at=2)
    server = root.leaf("server.example.com", is_authority=False)
    below = Authority("Below", signed_by=server, is_authority=False, valid_at=scene.at)
    yield Upload(
        "issuer-is-no-authority",
        "a server certificate signed it: CA:FALSE (inferred)",
        below.certificate_pem,
        below.private_key_pem,
        server.certificate_pem,
        problems.ChainBroken,
        code=MALFORMED,
        message=broken_chain(),
        words=("no authority", "server.example.com"),
    )
    yield Upload(
        "chain-for-self-signed",
        "a self-signed certificate with another's chain",
        scene.alone.certificate_pem,
        scene.alone.private_key_pem,
        leaf.chain_pem,
        problems.ChainBroken,
        code=MALFORMED,
        message=broken_chain(),
        words=("self-signed", "without a chain"),
    )


def _texts(scene: Scene) -> Iterator[Upload]:
    leaf, not_pem, wrong = scene.leaf, problems.NotPEM, problems.WrongBlock
    chain, key = leaf.chain_pem, leaf.private_key_pem
    yield _chain(scene, "chain-blank", "white space only", " \n", "empty or blank", problem=not_pem)
    yield _chain(scene, "chain-file-name", "file:// forgotten", "./chain.pem", "--certificate-chain", problem=not_pem)
    joined = chain.replace("-----\n-----BEGIN", "----------BEGIN", 1)
    yield _chain(scene, "joined", "files joined without a line break", joined, "share one line", problem=not_pem)
    yield _chain(scene, "key-in-chain", "the private key in the chain", chain + key, "at once", problem=wrong)
    around = problems.TextAroundPEM
    listed = chain.replace("-----BEGIN", "subject=CN = x\n-----BEGIN")
    yield _chain(scene, "chain-text", "openssl s_client output (recorded)", listed, "before", problem=around)
    between = chain.replace("-----\n-----BEGIN", "-----\nand then\n-----BEGIN", 1)
    yield _chain(scene, "chain-text-between", "a remark between", between, "between", "several words", problem=around)
    end_again = chain.replace("-----\n-----BEGIN", "-----\n-----END CERTIFICATE-----\n-----BEGIN", 1)
    yield _chain(scene, "end-twice", "an END line too many", end_again, "between", problem=around)
    many = problems.TooManyChainCertificates
    eleven = scene.root.certificate_pem * 11
    yield _chain(scene, "eleven", "11 certificates (inferred)", eleven, "11 certificates", problem=many)
    flood = "-----BEGIN CERTIFICATE-----\n" * 50_000
    yield _chain(scene, "begin-flood", "50,000 BEGIN lines", flood, "50000", problem=many)
    empty = scene.lower.certificate_pem + forged.pem(b"\x30\x00")
    # The index of a certificate that cannot be read is its position (inferred).
    yield _chain(scene, "chain-no-certificate", "DER of nothing", empty, at=1, problem=problems.NotCertificate)
    nul = chain.replace("MII", "\x00II", 1)
    yield Upload(
        "chain-nul",
        "NUL within",
        leaf.certificate_pem,
        key,
        nul,
        not_pem,
        code=VALIDATION,
        words=("not base64",),
    )


def _signatures(scene: Scene) -> Iterator[Upload]:
    weak = problems.UnsupportedSignature
    leaf = scene.leaf
    issuer = Authority("RSA Issuer", key=rsa_key(2048, 1), valid_at=scene.at)
    below = issuer.leaf("old.example.com", key=rsa_key())
    for id_, algorithm, word in (
        ("sha-1", forged.RSA_SHA1, "SHA-1 with RSA"),
        ("md5", forged.RSA_MD5, "MD5 with RSA"),
        ("unknown-signature", forged.RSA_UNKNOWN, "1.2.840.113549.1.1.99"),
    ):
        body = forged.forged(below, issuer.key, signature=algorithm)
        yield Upload(
            id_,
            "the certificate is signed with what proves nothing (inferred)",
            body,
            below.private_key_pem,
            issuer.certificate_pem,
            weak,
            code=MALFORMED,
            message=broken_chain(),
            words=(word,),
        )
    old_lower = forged.forged(scene.lower, scene.upper.key, signature=forged.ECDSA_SHA1)
    chain = old_lower + scene.upper.certificate_pem
    yield _chain(scene, "sha-1-issuer", "the issuer is (inferred)", chain, "SHA-1 with ECDSA", at=0, problem=weak)
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    info = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    edwards = forged.forged(scene.lower, scene.upper.key, public_key=info)
    yield Upload(
        "ed25519-issuer",
        "an issuer with a key that AWS does not take (inferred)",
        leaf.certificate_pem,
        leaf.private_key_pem,
        edwards,
        problems.UnsupportedKey,
        code=MALFORMED,
        message=broken_chain(0),
        words=("Ed25519", "chain certificate 0"),
    )
