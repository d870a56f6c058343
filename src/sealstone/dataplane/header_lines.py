"""The headers that an HTTP listener sets: where a request came from, the client's certificate, answers' headers. Pure.

Names that only a listener may set are taken away from what clients send, whether the listener sets them or not: a
server that believes X-Amzn-Mtls-Clientcert-Subject must not be told it by anybody.
"""

from collections.abc import Iterator
from typing import Final

from sealstone.dataplane.wanted import Headers, Listener
from sealstone.dataplane.wording import header_value, token

MTLS: Final = "X-Amzn-Mtls-Clientcert"
_VALIDITY: Final = r"regsub('^(..)(..)(..)(..)(..)(..)Z$','20\1-\2-\3T\4:\5:\6Z')"
# 64 characters a line, as RFC 7468 2 wants, and `%0A` between: AWS's URL encoding leaves + / = alone.
_ARMOR: Final = (
    "-----BEGIN%%20CERTIFICATE-----%%0A%[{},base64,regsub('(.{{64}})(?=.)','\\1%0A',g)]"
    "%%0A-----END%%20CERTIFICATE-----%%0A"
)
_PEM: Final = _ARMOR.format("ssl_c_der")
# Chains have up to this many certificates beside the client's own; what comes behind them is left out.
_FURTHER: Final = 5
# `ssl_c_chain_der` is one certificate's DER behind the other's. Each begins with two lengths, version 3 and a serial
# number (RFC 5280 4.1), and is told by that, in hexadecimal.
_FIRST_BYTES: Final = "30(?:82....|81..)30(?:82....|81..)A003020102"
_CHAIN: Final = f"ssl_c_chain_der,hex,regsub('{_FIRST_BYTES}','|\\0',g)"
VERIFIED: Final = {
    f"{MTLS}-Serial-Number": "%[ssl_c_serial,hex]",
    f"{MTLS}-Issuer": "%[ssl_c_i_dn(,0,rfc2253)]",
    f"{MTLS}-Subject": "%[ssl_c_s_dn(,0,rfc2253)]",
    f"{MTLS}-Validity": f"NotBefore=%[ssl_c_notbefore,{_VALIDITY}];NotAfter=%[ssl_c_notafter,{_VALIDITY}]",
    f"{MTLS}-Leaf": _PEM,
}
PASSED: Final = {MTLS: _PEM}
NEGOTIATED: Final = {"X-Amzn-Tls-Version": "%[ssl_fc_protocol]", "X-Amzn-Tls-Cipher-Suite": "%[ssl_fc_cipher]"}


def request_headers(listener: Listener) -> Iterator[str]:
    """Lines that change the headers of a request. Raises NotWritable."""
    headers = listener.headers
    if headers.drop_invalid:
        yield "http-request del-header ^[A-Za-z0-9-]*[^A-Za-z0-9-].*$ -m reg"
    yield from _reserved(headers)
    yield from _forwarded(headers)
    yield f"http-request set-header X-Forwarded-Proto {'https' if listener.protocol == 'HTTPS' else 'http'}"
    yield "http-request set-header X-Forwarded-Port %[dst_port]"
    if headers.trace_id:
        yield from _trace()
    if listener.protocol == "HTTPS":
        yield from _about_tls(listener)


def response_headers(listener: Listener) -> Iterator[str]:
    """Lines that change the headers of an answer. Raises NotWritable."""
    for name, value in listener.headers.response:
        what = "the value of a header of answers"
        yield f"http-response set-header {token('the name of a header', name)} {header_value(what, value)}"


def _named(headers: Headers, name: str) -> str:
    return token("the name of a header", dict(headers.renamed).get(name, name))


def _reserved(headers: Headers) -> Iterator[str]:
    for name in (*VERIFIED, *PASSED, *NEGOTIATED):
        yield f"http-request del-header {_named(headers, name)}"


def _forwarded(headers: Headers) -> Iterator[str]:
    if headers.forwarded_for == "remove":
        yield "http-request del-header X-Forwarded-For"
    if headers.forwarded_for == "append":
        came_from = "%[src]:%[src_port]" if headers.client_port else "%[src]"
        there = "{ req.fhdr(X-Forwarded-For) -m found }"
        yield f"http-request set-header X-Forwarded-For '%[req.fhdr(X-Forwarded-For)], {came_from}' if {there}"
        yield f"http-request set-header X-Forwarded-For '{came_from}' if !{there}"


def _trace() -> Iterator[str]:
    """`Root=1-<seconds in hexadecimal>-<24 hexadecimal digits>`; a Root that came is kept and a Self put before it."""
    there = "{ req.fhdr(X-Amzn-Trace-Id) -m found }"
    made = "1-%[var(txn.seconds)]-%[uuid(),regsub(-,,g),bytes(0,24)]"
    yield "http-request set-var-fmt(txn.seconds) '%[date(),hex,bytes(8,8),lower]'"
    yield f"http-request set-header X-Amzn-Trace-Id 'Self={made};%[req.fhdr(X-Amzn-Trace-Id)]' if {there}"
    yield f"http-request set-header X-Amzn-Trace-Id 'Root={made}' if !{there}"


def _about_tls(listener: Listener) -> Iterator[str]:
    if listener.headers.tls_version_and_cipher:
        for name, value in NEGOTIATED.items():
            yield f"http-request set-header {_named(listener.headers, name)} {value}"
    if listener.mutual is not None:
        verify = listener.mutual.mode == "verify"
        for name, value in (VERIFIED if verify else PASSED).items():
            yield f'http-request set-header {_named(listener.headers, name)} "{_quoted(value)}" if {{ ssl_c_used }}'
        if not verify:
            yield from _further(_named(listener.headers, MTLS))


def _further(name: str) -> Iterator[str]:
    """Lines that add what the client sent beside its own certificate, in its order; cut up once a connection."""
    yield f'http-request set-var(sess.chain) "{_quoted(_CHAIN)}" if {{ ssl_c_used }} !{{ var(sess.chain) -m found }}'
    for at in range(2, 2 + _FURTHER):
        piece = f"var(sess.chain),field({at},|)"
        armor = _ARMOR.format(f"{piece},regsub('(..)','%\\1',g),url_dec")  # of what is `4A` is made `%4A`, then `J`
        value = f"%[req.fhdr({name})]{armor}"
        yield f'http-request set-header {name} "{_quoted(value)}" if {{ {piece} -m len 1: }}'


def _quoted(value: str) -> str:
    """Within double quotes, where single ones stand for themselves and a backslash must be doubled."""
    return value.replace("\\", "\\\\").replace("$", "\\$")
