from __future__ import annotations

import pytest
import tensorflow as tf

from << cookiecutter.package_name >>.features.bags import (
    Bag,
    Items,
    Words,
)


@pytest.mark.parametrize(
    ("bag", "cell", "categories"),
    [
        (Items("|"), "a|b|c", ["a", "b", "c"]),
        (Items("|"), " a b | |b||", ["a b", "b"]),
        (Items(", "), "a, b,c", ["a", "b,c"]),
        (Items("|"), "größe|小", ["größe", "小"]),
        (Items("|"), "|", []),
        (Items("|"), "", []),
        (Words(), "Don\u2019t BUY it (again)!", ["dont", "buy", "it", "again"]),
        (Words(), "GRÖSSE\n2x3,5", ["grösse", "2x3", "5"]),
        (Words(), "小さい toy", ["小", "さ", "い", "toy"]),
        (Words(), "Ελληνικά e\u0301te\u0301", ["ελληνικά", "e\u0301te\u0301"]),
        (Words(), " ... ", []),
        (Words(), "", []),
    ],
)
def test_cells_are_split(bag: Bag, cell: str, categories: list[str]) -> None:
    (found,) = tf.function(bag.split)(tf.constant([cell])).to_list()
    assert [each.decode() for each in found] == categories


def test_what_is_not_utf8_is_split_too() -> None:
    (found,) = Words().split(tf.constant([b"gr\xf6\xdfe toy"])).to_list()
    assert found[-1] == b"toy"
