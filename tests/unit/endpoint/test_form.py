"""Form decoding, strict and linear."""

from urllib.parse import unquote_to_bytes, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealstone.endpoint.form import MOST_PARAMETERS, parse_form
from sealstone.operations.errors import MalformedInput

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)


@given(st.dictionaries(TEXTS, TEXTS, max_size=8))
def test_what_the_standard_library_encodes_is_decoded(form: dict[str, str]) -> None:
    assert parse_form(urlencode(form).encode()) == form


@given(st.text(st.sampled_from("aF0 =\n\r\t_.é-\0"), max_size=12), st.lists(st.integers(0, 127), max_size=4))
def test_escapes_are_decoded_as_the_standard_library_decodes_them(text: str, escaped: list[int]) -> None:
    """White space before line ends, and what looks like quoted-printable, included."""
    value = text + "".join(f"%{byte:02x}{text}" for byte in escaped)
    assert parse_form(b"name=" + value.encode()) == {"name": unquote_to_bytes(value).decode()}


@given(st.binary(max_size=60))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    try:
        parse_form(data)
    except MalformedInput:
        return  # the only refusal there is


def test_order_and_empty_texts_are_kept_empty_pieces_are_not() -> None:
    assert list(parse_form(b"&b=2&&a&").items()) == [("b", "2"), ("a", "")]


def test_as_many_parameters_as_allowed() -> None:
    assert len(parse_form(b"&".join(b"%d" % number for number in range(MOST_PARAMETERS)))) == MOST_PARAMETERS
    with pytest.raises(MalformedInput, match="more than"):
        parse_form(b"&".join(b"%d" % number for number in range(MOST_PARAMETERS + 1)))
