from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.sandbox.capture import HeadAndTail


@given(st.lists(st.binary(max_size=40)), st.integers(0, 60))
def test_head_and_tail_are_kept_and_the_rest_is_counted(chunks: list[bytes], cap: int) -> None:
    kept = HeadAndTail(cap)
    for chunk in chunks:
        kept.add(chunk)

    whole = b"".join(chunks)
    assert kept.total_bytes == len(whole)
    assert kept.is_truncated == (len(whole) > cap)
    if len(whole) <= cap:
        assert kept.kept() == whole
    else:
        head, tail = cap // 2, cap - cap // 2
        marker = f"\n[... {len(whole) - cap} bytes dropped ...]\n".encode()
        assert kept.kept() == whole[:head] + marker + whole[len(whole) - tail :]
