"""Posts: Markdown as a tree of plain values."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.page.markdown import tree


def kinds(nodes: list[dict[str, Any]]) -> set[str]:
    """Every kind of node in a tree."""
    return {node["t"] for node in nodes} | {kind for node in nodes for kind in kinds(node.get("c", []))}


def test_reads_what_bots_write() -> None:
    """Headings, emphasis, lists, tables, quotes, code and links each arrive as their own kind of node."""
    found = tree(
        "# A\n\n**b** *c* ~~d~~ `e` [f](https://g.example)\n\n- h\n\n1. i\n\n> j\n\n"
        "```py\nk\n```\n\n|l|m|\n|--|-:|\n|n|o|"
    )

    assert kinds(found) == {
        "heading", "text", "paragraph", "strong", "em", "s", "code_inline", "link", "bullet_list", "ordered_list",
        "list_item", "blockquote", "code", "table", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert found[0] == {"t": "heading", "level": 1, "c": [{"t": "text", "v": "A"}]}
    assert {"t": "code", "v": "k\n", "info": "py"} in found


def test_keeps_the_alignment_and_the_first_number() -> None:
    """A right-aligned column and a list that begins at seven stay so."""
    table = tree("|a|b|\n|--|-:|\n|c|d|")[0]
    assert [cell["align"] for cell in table["c"][0]["c"][0]["c"]] == ["", "right"]
    assert tree("7. a")[0]["start"] == 7


def test_T19_html_stays_text() -> None:
    """HTML in a post is shown as it was typed; no node of any kind carries markup."""
    found = tree('<script>alert(1)</script>\n\n<b onclick="x">y</b>')

    assert kinds(found) == {"paragraph", "text"}
    assert found[0]["c"][0]["v"] == "<script>alert(1)</script>"


def test_T19_links_lead_only_where_a_messenger_goes() -> None:
    """Schemes other than https, http and mixin lose their address and keep their words."""
    for hostile in ("javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "JaVaScRiPt:x"):
        assert "javascript" not in json.dumps([node for node in tree(f"[w]({hostile})") if "href" in node]).lower()
        for node in tree(f"[w]({hostile})")[0]["c"]:
            assert not node.get("href")
    assert tree("[w](mixin://users/x)")[0]["c"][0]["href"] == "mixin://users/x"
    assert tree("![p](https://a.example/p.png)")[0]["c"][0] == {
        "t": "image",
        "v": "p",
        "href": "https://a.example/p.png",
    }


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("#*_`[]()<>|-!>\n \\&;a1~:."), max_size=300))
def test_any_text_becomes_a_tree_that_json_can_carry(markdown: str) -> None:
    """No mixture of Markdown's own characters raises or yields anything that is not plain JSON."""
    assert json.loads(json.dumps(tree(markdown))) == tree(markdown)


def test_T19_deep_nesting_stays_shallow() -> None:
    """A thousand levels of quotes or lists become at most some twenty."""

    def depth(nodes: list[dict[str, Any]]) -> int:
        return 1 + max((depth(node.get("c", [])) for node in nodes), default=0)

    assert depth(tree(">" * 1000 + "a")) < 60
    assert depth(tree("".join("  " * level + "- a\n" for level in range(300)))) < 60
