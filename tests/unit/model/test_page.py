"""Pages: the extra row, markers there and back, and markers that are not ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealstone.model import page
from sealstone.model.page import Page


def test_a_page_goes_on_only_when_there_is_one_row_too_many() -> None:
    assert Page.cut(["a", "b", "c"], 2, str) == Page(("a", "b"), "b")
    assert Page.cut(["a", "b"], 2, str) == Page(("a", "b"), None)
    assert Page.cut([], 2, str) == Page((), None)


@given(st.text(min_size=1, max_size=128))
def test_a_marker_leads_back_to_its_key(key: str) -> None:
    if key.isascii():
        assert len(page.marker(key)) <= 320
    try:
        marker = page.marker(key)
    except UnicodeEncodeError:
        return
    assert page.unmarked(marker) == key


@pytest.mark.parametrize("text", ["garbage!", "*", "YQ==", "YR", "_w", "a"])
def test_a_marker_that_is_not_ours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a marker"):
        page.unmarked(text)
