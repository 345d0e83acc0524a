"""Hypothesis strategies for malformed requests to the wires, such as a careless or hostile program sends."""

import json

from hypothesis import strategies as st

TEXTS = ["", "/", "/tp1", "*", "..", "a/b", "-1", "1615215942", "True", "\0", "\ud800", "é" * 300, "x" * 2000, "/" * 50]
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([*TEXTS, 2**63, 10**30, -1.5]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(st.text(max_size=8), values, max_size=5)
bodies = (
    st.binary(max_size=60)
    | values.map(json.dumps).map(str.encode)
    | st.sampled_from([b"", b"{", b"[]", b"\xef\xbb\xbf{}", b'{"_C":NaN}', b"[" * 50_000, b"\xff\xfe{}"])
)
content_types = st.sampled_from(
    [
        "application/json",
        "text/plain",
        "",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "odd",
    ]
)
methods = st.sampled_from(["POST"] * 12 + ["GET", "PUT", "PATCH", "DELETE", "HEAD"])
