from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf

from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.files import images

SIZES = {"picture": (2, 3)}


def png(height: int, width: int) -> bytes:
    return tf.io.encode_png(tf.zeros([height, width, 1], tf.uint8)).numpy()


def test_a_file_becomes_an_example(tmp_path: Path) -> None:
    file = tmp_path / "toy.png"
    file.write_bytes(png(2, 3))
    features = tf.train.Example.FromString(images.from_png(file, SIZES)).features.feature
    assert features.keys() == {"picture"}
    assert list(features["picture"].bytes_list.value) == [png(2, 3)]


def test_integers_become_features_too() -> None:
    example = tf.train.Example.FromString(images.serialize({"picture": b"x", "code": 7}))
    assert list(example.features.feature["code"].int64_list.value) == [7]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"toy\.png does not exist"):
        images.from_png(tmp_path / "toy.png", SIZES)


def test_another_size_is_named() -> None:
    with pytest.raises(UserError, match=r"toy is an image of 3x2 .* model reads 2x3"):
        images.require_size("toy", png(3, 2), (2, 3))


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe0 a JPEG file", png(2, 3)[:10]])
def test_another_format_is_named(content: bytes) -> None:
    with pytest.raises(UserError, match="toy is not a PNG file"):
        images.require_size("toy", content, (2, 3))


def test_a_model_without_images_reads_no_files(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the model reads 0 images per row"):
        images.from_png(tmp_path / "toy.png", {})
