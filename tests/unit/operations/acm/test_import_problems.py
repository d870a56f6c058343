"""Sentences of findings that no import through the door can have."""

from sealstone.operations.acm.import_problems import refusal
from sealstone.x509.imported import ChainMissing


def test_a_missing_chain_is_told_in_the_words_of_when_it_was_asked_for() -> None:
    told = refusal(ChainMissing("CN=Root")).message
    assert told.startswith(
        "Provided certificate is not a valid self signed. Please provide either a valid self-signed certificate or "
        "certificate chain. There is no certificate chain"
    )
    assert told.endswith("beginning with the certificate of CN=Root.")
