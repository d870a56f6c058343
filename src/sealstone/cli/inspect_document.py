"""`sealstone inspect --json`: one JSON object, whose keys stay the same. Every key is told here.

Texts are escaped as on the screen, and nothing of a private key is in it. Dates are ISO 8601 in UTC,
`2027-01-31T23:59:59Z`. A key of a kind is always there; what is not known or does not exist is null, "" or [].

- `files`: the names given, in their order.
- `items`: everything found, in the order found. All have
  - `number`: from 1; the other parts of the document name items by it,
  - `kind`: `certificate`, `private key`, `public key`, `certificate request`, `certificate revocation list`,
    `parameters` or `unreadable`,
  - `file`, `place` (within it: `block 2`, `entry tomcat`, or ""), `forms` (from the outside in: `["PKCS #12"]`),
    `label` (of the PEM block, or the alias), `remarks` (what is odd about how it was written),
  - `faults`: what of it cannot be read or is against the standard.
- a certificate has `same_as` (the number of an earlier item that is the same certificate, or null), `version`,
  `subject`, `issuer`, `self_issued` (both are the same), `serial` (as ACM shows it), `alternative_names`
  (`["DNS:a.example"]`), `not_before`, `not_after`, `days_left` (whole days, negative when it is over),
  `validity` (`valid`, `expired`, `not_yet_valid`, `unknown`), `key` (`EC P-256`), `key_bits` (0: not known),
  `signature` (`SHA-256 with RSA`), `usages`, `extended_usages`, `authority` (true, false, or null when it does not
  say), `path_length`, `fingerprint_sha256`, `fingerprint_sha1`, `public_key_fingerprint` (SHA-256 over the
  SubjectPublicKeyInfo), `key_identifier`, `authority_key_identifier`, `issuer_urls`, `responder_urls`,
  `revocation_list_urls`, `other_extensions`.
- a private or public key has `key`, `key_bits`, `public_key_fingerprint` ("" when it cannot be computed).
- a request has `subject`, `alternative_names`, `key`, `key_bits`, `signature`, `signature_holds` (null: not checked),
  `public_key_fingerprint`, `usages`, `extended_usages`, `authority`, `has_challenge_password`.
- a revocation list has `issuer`, `this_update`, `next_update` (null: none), `revoked` (how many), `signature`.
- what is unreadable has `cause` and `cure`.
- `chains`: one for each certificate that issued no other, from there up:
  - `certificates`: item numbers, the lowest first,
  - `links`: how each stands to the next, so one less than there are certificates: `state` (`verified`, `unproven`,
    `broken`) and `reason` ("" when verified),
  - `root`: whether the last one signed itself,
  - `missing_issuer`: the name of the issuer that is not there, or null.
- `pairs`: one for each private or public key: `key` (its item number), `certificates` and `requests` (item numbers).
- `not_linked`: how many certificates are in no chain because there are more than 1,000 of them.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from sealstone.cli.screen import days_left
from sealstone.x509.description import (
    CertificateDescription,
    KeyDescription,
    OtherDescription,
    RequestDescription,
    RevocationListDescription,
)
from sealstone.x509.escaping import escaped
from sealstone.x509.inspection import Chain, Entry, Inspection, Validity

Document = dict[str, Any]


def document(inspection: Inspection) -> Document:
    """The whole object, for `json.dumps`."""
    return {
        "files": [escaped(file) for file in inspection.files],
        "items": [_item(entry, inspection) for entry in inspection.entries],
        "chains": [_chain(chain, inspection) for chain in inspection.chains],
        "pairs": [
            {"key": pair.key, "certificates": list(pair.certificates), "requests": list(pair.requests)}
            for pair in inspection.pairs
        ],
        "not_linked": inspection.not_looked_at,
    }


def _item(entry: Entry, inspection: Inspection) -> Document:
    origin = entry.origin
    told = entry.description
    return {
        "number": entry.number,
        "kind": entry.kind,
        "file": escaped(origin.file),
        "place": escaped(origin.place),
        "forms": [str(form) for form in origin.forms],
        "label": escaped(entry.label),
        "remarks": list(entry.remarks),
        **_TOLD[type(told)](told, inspection),
        **({"same_as": entry.same_as} if isinstance(told, CertificateDescription) else {}),
        "faults": list(entry.faults),
    }


def _certificate(told: CertificateDescription, inspection: Inspection) -> Document:
    validity = inspection.validity(told)
    is_dated = validity is not Validity.UNKNOWN
    return {
        "version": told.version,
        "subject": told.subject,
        "issuer": told.issuer,
        "self_issued": told.is_self_issued,
        "serial": told.serial,
        "alternative_names": list(told.alternative_names),
        "not_before": _utc(told.not_before) if is_dated else None,
        "not_after": _utc(told.not_after) if is_dated else None,
        "days_left": days_left(told.not_after, inspection.at) if is_dated else None,
        "validity": str(validity),
        "key": told.key,
        "key_bits": told.key_bits,
        "signature": told.signature,
        "usages": list(told.usages),
        "extended_usages": list(told.extended_usages),
        "authority": told.authority,
        "path_length": told.path_length,
        "fingerprint_sha256": told.fingerprint,
        "fingerprint_sha1": told.fingerprint_sha1,
        "public_key_fingerprint": told.public_key_fingerprint,
        "key_identifier": told.key_identifier,
        "authority_key_identifier": told.authority_key_identifier,
        "issuer_urls": list(told.issuer_urls),
        "responder_urls": list(told.responder_urls),
        "revocation_list_urls": list(told.revocation_list_urls),
        "other_extensions": list(told.other_extensions),
    }


def _key(told: KeyDescription, _: Inspection) -> Document:
    return {"key": told.key, "key_bits": told.key_bits, "public_key_fingerprint": told.public_key_fingerprint}


def _request(told: RequestDescription, _: Inspection) -> Document:
    return {
        "subject": told.subject,
        "alternative_names": list(told.names),
        "key": told.key,
        "key_bits": told.key_bits,
        "signature": told.signature,
        "signature_holds": told.signature_holds,
        "public_key_fingerprint": told.public_key_fingerprint,
        "usages": list(told.usages),
        "extended_usages": list(told.extended_usages),
        "authority": told.authority,
        "has_challenge_password": told.has_challenge_password,
    }


def _revocation_list(told: RevocationListDescription, _: Inspection) -> Document:
    return {
        "issuer": told.issuer,
        "this_update": _utc(told.this_update),
        "next_update": _utc(told.next_update) if told.next_update else None,
        "revoked": told.count,
        "signature": told.signature,
    }


def _other(told: OtherDescription, _: Inspection) -> Document:
    if not told.reason:
        return {}
    return {"cause": told.reason, "cure": told.problem.cure if told.problem else ""}


def _chain(chain: Chain, inspection: Inspection) -> Document:
    return {
        "certificates": [inspection.number_of(one) for one in chain.certificates],
        "links": [{"state": str(link.state), "reason": link.reason} for link in chain.links],
        "root": chain.is_rooted,
        "missing_issuer": chain.missing_issuer,
    }


def _utc(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None).isoformat()}Z"


_TOLD: Final[Mapping[type, Callable[[Any, Inspection], Document]]] = {
    CertificateDescription: _certificate,
    KeyDescription: _key,
    RequestDescription: _request,
    RevocationListDescription: _revocation_list,
    OtherDescription: _other,
}
