"""Posts as directory values: nothing is lost on the way there and back, whatever signs a title holds."""

from __future__ import annotations

from datetime import date

from hypothesis import example, given
from hypothesis import strategies as st

from provisioner import post_values
from provisioner.people import Post

TEXTS = st.text("aĐ$\\245Cc ", max_size=12)
POSTS = st.builds(
    Post,
    TEXTS,
    TEXTS,
    TEXTS,
    st.sampled_from(["main", "concurrent", "secondment"]),
    st.none() | st.dates(),
    TEXTS,
)


@given(POSTS)
@example(Post("A$B", "\\24", "\\5C24", "main", date(2026, 1, 2), "12/QĐ-SNV"))
@example(Post("", "", "\\", "concurrent", None, "$$"))
def test_a_post_survives_the_directory(post: Post) -> None:
    assert post_values.as_json(post_values.to_value(post)) == {
        "agency": post.agency,
        "title": post.title,
        "rank": post.rank,
        "kind": post.kind,
        "from": post.effective_from.isoformat() if post.effective_from else None,
        "decision": post.decision,
    }


@given(POSTS)
def test_a_value_has_six_fields(post: Post) -> None:
    assert post_values.to_value(post).count("$") == 5


@given(st.text(max_size=40))
def test_any_text_that_a_hand_put_there_can_be_shown(value: str) -> None:
    found = post_values.as_json(value)
    assert set(found) == {"agency", "title", "rank", "kind", "from", "decision"}
    assert found["kind"]
