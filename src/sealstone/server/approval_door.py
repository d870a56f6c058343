"""`/approve/<token>`: the page that a validation by mail leads to, with a button to approve and one to decline.

The token is the whole proof: it was sent to the mailboxes of the domain, is good for one answer, and ends with the
request. Looking at the page answers nothing, since programs follow the links of mails too. The page has no script and
nothing from elsewhere, its one style sheet is allowed by its digest, and everything that somebody chose is escaped.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from html import escape
from typing import Final
from urllib.parse import parse_qs

from sealstone.endpoint.request import Request, Response
from sealstone.model import ids
from sealstone.model.approval import PATH, Approval, digest
from sealstone.model.audit import AuditRecord
from sealstone.model.certificate import Certificate
from sealstone.model.ids import Chance
from sealstone.model.secret import Secret
from sealstone.store import audit, certificate_requests, certificates, validation_approvals
from sealstone.store.engine import Store, Tx
from sealstone.store.faults import StoreFault
from sealstone.x509.escaping import shown

SEGMENT: Final = PATH.strip("/")
"""The first segment of the path."""
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_CHOICES: Final[Mapping[bytes, bool]] = {b"approve": True, b"decline": False}
_FORM: Final = "application/x-www-form-urlencoded"
_LONGEST_FORM: Final = 256
_LONGEST_AGENT: Final = 200
_STYLE: Final = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:8vh auto;padding:0 1.25rem}"
    "h1{font-size:1.6rem;line-height:1.2}"
    "table{border-collapse:collapse;width:100%;margin:1.5rem 0}"
    "th,td{border-top:1px solid #8886;padding:.4rem 0;text-align:left;vertical-align:top}"
    "th{width:8rem;padding-right:1rem;font-weight:normal;opacity:.7}"
    "td{overflow-wrap:anywhere}"
    "button{font:inherit;padding:.5rem 1.5rem;margin-right:.75rem;border:1px solid #8888;border-radius:.4rem;"
    "cursor:pointer;color:inherit;background:transparent}"
    "button[value=approve]{color:#fff;background:#14633f;border-color:#14633f}"
    "button:focus-visible{outline:3px solid #3b82f6;outline-offset:2px}"
)
_STYLE_DIGEST: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = (
    ("content-type", "text/html; charset=utf-8"),
    ("content-security-policy", _POLICY),
    # The address holds the token: nobody is told it, and nothing keeps the page.
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
)
_NOTHING: Final = (404, "Nothing to approve", "There is no such question, or its request has ended.")
_OVER: Final = (410, "Already answered", "This was answered already, or its time is over. Nothing was changed.")


class ApprovalDoor:
    """Answers whoever has a token."""

    def __init__(self, store: Store, audit_key: Secret, clock: Callable[[], datetime], chance: Chance) -> None:
        self._store = store
        self._audit_key = audit_key
        self._clock = clock
        self._chance = chance

    def answer(self, request: Request) -> Response:
        """Any request for a path that begins with `/approve`; called in a thread. Raises nothing that is foreseen."""
        token = request.path.removeprefix(PATH)
        if not _TOKEN.fullmatch(token):
            return _page(*_NOTHING)
        try:
            if request.method in {"GET", "HEAD"}:
                return self._question(digest(token))
            if request.method == "POST":
                return self._answered(digest(token), request)
        except StoreFault:
            return _page(503, "Not now", "The store does not answer; nothing was changed. Try again a little later.")
        return _page(405, "Not so", "Look at this page, or press one of its buttons.", ("allow", "GET, HEAD, POST"))

    def _question(self, token_hash: str) -> Response:
        with self._store.reading() as tx:
            asked, certificate = self._found(tx, token_hash)
            answered = validation_approvals.answers(tx, *_place(asked)) if asked else {}
        if asked is None or certificate is None:
            return _page(*_NOTHING)
        if asked.domain_name in answered or asked.expires_at <= self._clock():
            return _page(*_OVER)
        return _response(200, "Approve this certificate?", _asking(asked, certificate))

    def _answered(self, token_hash: str, request: Request) -> Response:
        approved = _choice(request)
        if approved is None:
            return _page(400, "Not understood", "Press one of the two buttons of the page.")
        now = self._clock()
        with self._store.writing() as tx:
            asked, certificate = self._found(tx, token_hash)
            if asked is None or certificate is None:
                return _page(*_NOTHING)
            if not validation_approvals.answer(tx, token_hash, now, approved=approved):
                return _page(*_OVER)
            audit.append(tx, (self._record(request, asked, certificate, now, approved=approved),), self._audit_key)
            certificate_requests.wake(tx, certificate, now)
        if approved:
            return _page(200, "Approved", "Thank you. The certificate is issued once all of its domains are approved.")
        return _page(200, "Declined", "No certificate is issued for this domain on this request.")

    @staticmethod
    def _found(tx: Tx, token_hash: str) -> tuple[Approval | None, Certificate | None]:
        asked = validation_approvals.of(tx, token_hash)
        return asked, certificates.find(tx, *_place(asked)) if asked else None

    def _record(
        self, request: Request, asked: Approval, certificate: Certificate, now: datetime, *, approved: bool
    ) -> AuditRecord:
        """Who it was is not known, only that they had the token."""
        return AuditRecord(
            at=now,
            account_id=asked.account_id,
            principal="approval by mail",
            access_key_id="-",
            service="sealstone",
            operation="AnswerValidation",
            resources=(certificate.arn,),
            parameters={"DomainName": asked.domain_name, "Email": asked.email, "Approved": approved},
            source_ip=request.source_ip,
            user_agent=request.header("user-agent")[:_LONGEST_AGENT],
            request_id=ids.new_request_id(self._chance),
            outcome="ok",
        )


def _place(asked: Approval) -> tuple[str, str, str]:
    return asked.account_id, asked.region, asked.unique_id


def _choice(request: Request) -> bool | None:
    """True to approve, False to decline; None for anything but one of the two buttons."""
    kind = request.header("content-type").partition(";")[0].strip().lower()
    if kind != _FORM or len(request.body) > _LONGEST_FORM:
        return None
    said = parse_qs(request.body, keep_blank_values=True).get(b"answer", [])
    return _CHOICES.get(said[0]) if len(said) == 1 else None


def _asking(asked: Approval, certificate: Certificate) -> str:
    """Which certificate, for which domain, of whom, and until when; then the two buttons."""
    rows = {
        "Domain": asked.domain_name,
        "All names": ", ".join(certificate.detail.names),
        "Account": asked.account_id,
        "Region": asked.region,
        "Certificate": certificate.arn,
        "Asked": f"{asked.created_at:%Y-%m-%d %H:%M} UTC",
        "Until": f"{asked.expires_at:%Y-%m-%d %H:%M} UTC",
    }
    lines = "".join(f"<tr><th>{name}</th><td>{escape(shown(value, 2000))}</td></tr>" for name, value in rows.items())
    return (
        f"<p>Somebody asks for a certificate for <strong>{escape(shown(asked.domain_name, 300))}</strong>. "
        "Approve it only if you know of it and this domain is yours.</p>"
        f"<table>{lines}</table>"
        '<form method="post"><p><button name="answer" value="approve">Approve</button> '
        '<button name="answer" value="decline">Decline</button></p></form>'
    )


def _page(status: int, title: str, text: str, *headers: tuple[str, str]) -> Response:
    return _response(status, title, f"<p>{escape(text)}</p>", *headers)


def _response(status: int, title: str, body: str, *headers: tuple[str, str]) -> Response:
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><h1>{title}</h1>{body}</body></html>\n"
    )
    return Response(status, (*_HEADERS, *headers), page.encode())
