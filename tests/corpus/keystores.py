"""Java keystores by keytool, filled with keys and certificates made by OpenSSL."""

from pathlib import Path

from tests.corpus.answers import OTHER_PASSWORD, PASSWORD, Refusal
from tests.corpus.containers import Chain
from tests.corpus.workshop import Workshop

_FORMS = {"jks": "Java keystore (JKS)", "jceks": "Java keystore (JCEKS)", "pkcs12": "PKCS #12"}


def make(shop: Workshop) -> None:
    """All of them."""
    chain = Chain(shop)
    source = shop.new_path(".p12")
    shop.run(
        f"openssl pkcs12 -export -name tomcat -in {chain.leaf.path} -inkey {chain.key_path} "
        f"-certfile {chain.issuers} -out {source} -passout pass:{PASSWORD}"
    )
    for store in _FORMS:
        _with_key(shop, chain, source, store)
        _of_trust(shop, chain, store)
    _other_key_password(shop, chain, source)
    both_passwords(shop, chain, source)
    _passwords(shop, chain, shop.folder / "jks.keystore")
    _several(shop, chain)


def _imported(source: Path, path: Path, store: str) -> str:
    return (
        f"keytool -importkeystore -noprompt -srckeystore {source} -srcstoretype PKCS12 -srcstorepass {PASSWORD} "
        f"-destkeystore {path} -deststoretype {store} -deststorepass {PASSWORD}"
    )


def _with_key(shop: Workshop, chain: Chain, source: Path, store: str) -> None:
    path = shop.folder / f"{store}.keystore"
    shop.run(_imported(source, path, store))
    form = _FORMS[store]
    forms = (form, "encrypted PKCS #8") if store == "pkcs12" else (form,)
    things = [chain.leaf.key.thing(*forms, label="tomcat"), *(found.thing(form) for found in chain.certificates)]
    shop.keep(
        f"keystore-{store}.jks", path.read_bytes(), f"keytool -importkeystore, {store}", things, password=PASSWORD
    )


def _of_trust(shop: Workshop, chain: Chain, store: str) -> None:
    path = shop.folder / f"{store}.truststore"
    for alias, found in (("root", chain.root), ("ca", chain.intermediate)):
        shop.run(
            f"keytool -importcert -noprompt -alias {alias} -file {found.path} -keystore {path} -storetype {store} "
            f"-storepass {PASSWORD}"
        )
    form = _FORMS[store]
    things = [chain.root.thing(form, label="root"), chain.intermediate.thing(form, label="ca")]
    shop.keep(f"truststore-{store}.jks", path.read_bytes(), f"keytool -importcert, {store}", things, password=PASSWORD)


def _other_key_password(shop: Workshop, chain: Chain, source: Path) -> None:
    """Only JKS and JCEKS know two passwords; the key of the store's is another than its own."""
    path = shop.folder / "two-passwords.keystore"
    shop.run(f"{_imported(source, path, 'jks')} -destkeypass {OTHER_PASSWORD}")
    form = _FORMS["jks"]
    things = [found.thing(form) for found in chain.certificates]
    refusals = [Refusal("WrongPassword", "password")]
    made = f"keytool -importkeystore -destkeypass {OTHER_PASSWORD}"
    shop.keep("keystore-two-passwords.jks", path.read_bytes(), made, things, refusals, PASSWORD)


def both_passwords(shop: Workshop, chain: Chain, source: Path) -> None:
    """Stores whose key has another password, opened with both."""
    for store in ("jks", "jceks"):
        path = shop.folder / f"both-passwords.{store}"
        shop.run(f"{_imported(source, path, store)} -destkeypass {OTHER_PASSWORD}")
        form = _FORMS[store]
        things = [chain.leaf.key.thing(form, label="tomcat"), *(found.thing(form) for found in chain.certificates)]
        made = f"keytool -importkeystore -destkeypass {OTHER_PASSWORD}, {store}"
        name = f"keystore-both-passwords-{store}.jks"
        shop.keep(name, path.read_bytes(), made, things, password=PASSWORD, others=(OTHER_PASSWORD,))


def _passwords(shop: Workshop, chain: Chain, path: Path) -> None:
    written = path.read_bytes()
    made = "keytool -importkeystore, jks"
    shop.keep("password-wrong-jks.jks", written, made, (), [Refusal("WrongPassword", "password")], "wrong")
    # Certificates are not protected in a JKS file, only its keys and its digest.
    things = [found.thing(_FORMS["jks"]) for found in chain.certificates]
    shop.keep("password-missing-jks.jks", written, made, things, [Refusal("PasswordNeeded", "password")])
    jceks = (shop.folder / "jceks.keystore").read_bytes()
    made = "keytool -importkeystore, jceks"
    shop.keep("password-wrong-jceks.jks", jceks, made, (), [Refusal("WrongPassword", "password")], "wrong")


def _several(shop: Workshop, chain: Chain) -> None:
    """Two keys, one of RSA, and a secret key, which is of no use here."""
    path = shop.folder / "several.keystore"
    rsa = shop.issue("/CN=rsa.example", "rsa:2048")
    for alias, found in (("web", chain.leaf), ("rsa", rsa)):
        source = shop.new_path(".p12")
        shop.run(
            f"openssl pkcs12 -export -name {alias} -in {found.path} -inkey {found.key.path} -out {source} "
            f"-passout pass:{PASSWORD}"
        )
        shop.run(_imported(source, path, "jceks"))
    form = _FORMS["jceks"]
    things = [
        chain.leaf.key.thing(form, label="web"),
        chain.leaf.thing(form, label="web"),
        rsa.key.thing(form, label="rsa"),
        rsa.thing(form, label="rsa"),
    ]
    made = "keytool -importkeystore, jceks, twice"
    shop.keep("keystore-several-keys.jks", path.read_bytes(), made, things, password=PASSWORD)
    shop.run(
        f"keytool -genseckey -alias secret -keyalg AES -keysize 128 -keystore {path} -storetype jceks "
        f"-storepass {PASSWORD} -keypass {PASSWORD}"
    )
    # A secret key is a Java object of unknown length, and keytool puts this one first: nothing behind it is found.
    refusals = [Refusal("UnsupportedContainer", "secret")]
    shop.keep("keystore-secret-key.jks", path.read_bytes(), "keytool -genseckey", (), refusals, PASSWORD)
