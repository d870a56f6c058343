"""Approvals of validations by mail: who was asked about which domain of which certificate, and what was answered.

The first answer about a domain settles it for its certificate: whoever answers later, with another token, is told so
and changes nothing. Before a certificate's domains are validated anew, `remove` forgets the answers of the last time.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from sealstone.model.approval import Answer, Approval
from sealstone.store.columns import read_time, time_text
from sealstone.store.engine import Tx
from sealstone.store.schema_approvals import VALIDATION_APPROVALS

_TABLE: Final = VALIDATION_APPROVALS.c
_OF_CERTIFICATE: Final = (
    _TABLE.account_id == bindparam("account"),
    _TABLE.region == bindparam("in_region"),
    _TABLE.unique_id == bindparam("id"),
)
_OF_DOMAIN: Final = (*_OF_CERTIFICATE, _TABLE.domain_name == bindparam("domain"))
_ADD: Final = insert(VALIDATION_APPROVALS)
_FIND: Final = select(*_TABLE).where(_TABLE.token_hash == bindparam("hash"))
_ANSWERED: Final = select(_TABLE.token_hash).where(*_OF_DOMAIN, _TABLE.answer.is_not(None)).limit(1)
_ANSWER: Final = (
    update(VALIDATION_APPROVALS)
    .where(_TABLE.token_hash == bindparam("hash"), _TABLE.answer.is_(None), _TABLE.expires_at > bindparam("now_is"))
    .values(answered_at=bindparam("new_time"), answer=bindparam("new_answer"))
)
_ANSWERS: Final = select(_TABLE.domain_name, _TABLE.answer).where(*_OF_CERTIFICATE, _TABLE.answer.is_not(None))
_WITHDRAW: Final = delete(VALIDATION_APPROVALS).where(_TABLE.token_hash == bindparam("hash"), _TABLE.answer.is_(None))
_LAST_UNANSWERED: Final = (
    select(_TABLE.token_hash)
    .where(*_OF_DOMAIN, _TABLE.answer.is_(None))
    .order_by(_TABLE.created_at.desc())
    .limit(bindparam("count"))
)
_WITHDRAW_OLDER: Final = delete(VALIDATION_APPROVALS).where(
    *_OF_DOMAIN, _TABLE.answer.is_(None), _TABLE.token_hash.not_in(_LAST_UNANSWERED)
)
_REMOVE: Final = delete(VALIDATION_APPROVALS).where(*_OF_CERTIFICATE)


def add(tx: Tx, approval: Approval) -> None:
    """Keep a question that is being asked. Raises NameTaken when its token is there already."""
    values = {
        "token_hash": approval.token_hash,
        "account_id": approval.account_id,
        "region": approval.region,
        "unique_id": approval.unique_id,
        "domain_name": approval.domain_name,
        "email": approval.email,
        "created_at": time_text(approval.created_at),
        "expires_at": time_text(approval.expires_at),
        "answered_at": time_text(approval.answered_at) if approval.answered_at else None,
        "answer": approval.answer.value if approval.answer else None,
    }
    tx.change(_ADD, values)


def of(tx: Tx, token_hash: str) -> Approval | None:
    """By the digest of its token (`model.approval.digest`)."""
    row = tx.row(_FIND, {"hash": token_hash})
    return _read(row) if row else None


def answer(tx: Tx, token_hash: str, at: datetime, approved: bool) -> bool:
    """Keep the answer, once. False when there is nothing to answer.

    That is: no such token, its time is over, or the domain has an answer already, by this token or by another one.
    """
    asked = of(tx, token_hash)
    if asked is None or tx.row(_ANSWERED, _place(asked.account_id, asked.region, asked.unique_id, asked.domain_name)):
        return False
    said = Answer.APPROVED if approved else Answer.DECLINED
    now = time_text(at)
    values = {"hash": token_hash, "now_is": now, "new_time": now, "new_answer": said.value}
    return tx.change(_ANSWER, values) == 1


def answers(tx: Tx, account_id: str, region: str, unique_id: str) -> dict[str, bool]:
    """Domain name -> whether it was approved, of those domains of a certificate that have an answer."""
    rows = tx.rows(_ANSWERS, _place(account_id, region, unique_id))
    return {domain: said == Answer.APPROVED for domain, said in rows}


def withdraw(tx: Tx, token_hash: str) -> None:
    """Forget a question that was not put after all; one that has an answer stays."""
    tx.change(_WITHDRAW, {"hash": token_hash})


def withdraw_older(tx: Tx, asked: Approval, keep: int) -> None:
    """Forget the unanswered questions about the domain of `asked`, but the last few."""
    place = _place(asked.account_id, asked.region, asked.unique_id, asked.domain_name)
    tx.change(_WITHDRAW_OLDER, {**place, "count": keep})


def remove(tx: Tx, account_id: str, region: str, unique_id: str) -> None:
    """Forget every question about a certificate, answered or not."""
    tx.change(_REMOVE, _place(account_id, region, unique_id))


def _place(account_id: str, region: str, unique_id: str, domain_name: str = "") -> dict[str, str]:
    return {"account": account_id, "in_region": region, "id": unique_id, "domain": domain_name}


def _read(row: Sequence[Any]) -> Approval:
    token_hash, account_id, region, unique_id, domain_name, email, created_at, expires_at, answered_at, said = row
    return Approval(
        token_hash=token_hash,
        account_id=account_id,
        region=region,
        unique_id=unique_id,
        domain_name=domain_name,
        email=email,
        created_at=read_time(created_at),
        expires_at=read_time(expires_at),
        answered_at=read_time(answered_at) if answered_at else None,
        answer=Answer(said) if said else None,
    )
