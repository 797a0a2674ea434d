from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import yaml

from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.features.schema import (
    domain_of,
    image_sizes,
    label_of,
    read_schema,
)
from << cookiecutter.package_name >>.new_data import (
    dataset_files,
    image_import,
)
from << cookiecutter.package_name >>.settings import Settings

PIXELS = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3)
LABELS = np.array([3, 1, 2, 1, 3])


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the import write into a folder of the test's own."""
    (tmp_path / "schema").mkdir()
    monkeypatch.setattr(image_import, "ROOT", tmp_path)
    monkeypatch.setattr(dataset_files, "SCHEMA_FILE", tmp_path / "schema" / "schema.pbtxt")
    monkeypatch.setattr(dataset_files, "DATASET_FILE", tmp_path / "schema" / "dataset.yaml")
    return tmp_path


def write_idx(file: Path, values: np.ndarray) -> None:
    header = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
    content = header + values.astype(np.uint8).tobytes()
    file.write_bytes(gzip.compress(content) if file.suffix == ".gz" else content)


def imported(root: Path, name: str) -> list[tuple[np.ndarray, int]]:
    file = root / "data" / name / f"{name}.tfrecord.gz"
    rows = []
    for record in tf.data.TFRecordDataset(str(file), "GZIP").as_numpy_iterator():
        features = tf.train.Example.FromString(record).features.feature
        (content,) = features["image"].bytes_list.value
        (label,) = features["label"].int64_list.value
        rows.append((tf.io.decode_png(content).numpy()[..., 0], label))
    return rows


def assert_imported(root: Path, name: str) -> None:
    rows = imported(root, name)
    assert [label for _, label in rows] == LABELS.tolist()
    assert np.array_equal([image for image, _ in rows], PIXELS)


@pytest.mark.parametrize(
    "arrays",
    [
        {"images": PIXELS, "labels": LABELS},
        {"x_train": PIXELS[:3], "y_train": LABELS[:3], "x_test": PIXELS[3:], "y_test": LABELS[3:]},
        {"train_images": PIXELS, "train_labels": LABELS[:, np.newaxis]},
    ],
)
def test_the_arrays_of_an_npz_file(root: Path, arrays: dict[str, np.ndarray]) -> None:
    np.savez(root / "toys.npz", **arrays)
    list(image_import.import_images([root / "toys.npz"]))
    assert_imported(root, "toys")


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_idx_files(root: Path, suffix: str) -> None:
    files = []
    for part, rows in (("train", slice(0, 3)), ("t10k", slice(3, 5))):
        for kind, values in (("images-idx3", PIXELS), ("labels-idx1", LABELS)):
            files.append(root / f"{part}-{kind}-ubyte{suffix}")
            write_idx(files[-1], values[rows])
    list(image_import.import_images(files, "toys"))
    assert_imported(root, "toys")


def test_schema_and_settings_fit_the_images(root: Path) -> None:
    np.savez(root / "toys.npz", images=PIXELS, labels=LABELS)
    list(image_import.import_images([root / "toys.npz"]))
    schema = read_schema(root / "schema" / "schema.pbtxt")
    image, label = schema.feature
    assert image_sizes(schema) == {image.name: (4, 3)}
    assert label_of(schema) == label
    assert domain_of(label, schema) == ["1", "2", "3"]
    settings = yaml.safe_load((root / "schema" / "dataset.yaml").read_text())
    assert settings.keys() <= Settings.model_fields.keys()
    assert settings["data"] == "data/toys"
    assert settings["metric"] == "SparseCategoricalAccuracy"
    assert settings["slices"] == ["label"]


def test_two_classes_are_measured_by_the_auc(root: Path) -> None:
    np.savez(root / "toys.npz", images=PIXELS, labels=(LABELS == 1).astype(int))
    list(image_import.import_images([root / "toys.npz"]))
    assert "metric: AUC" in (root / "schema" / "dataset.yaml").read_text()


def test_the_former_schema_is_kept(root: Path) -> None:
    schema = root / "schema" / "schema.pbtxt"
    schema.write_text("# mine\n")
    np.savez(root / "toys.npz", images=PIXELS, labels=LABELS)
    told = list(image_import.import_images([root / "toys.npz"]))
    assert schema.with_name("schema.pbtxt.old").read_text() == "# mine\n"
    assert any("schema.pbtxt.old" in line for line in told)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"a": PIXELS}, "has the arrays a; expected x and y, or images and labels"),
        ({"x": PIXELS / 255, "y": LABELS}, "float64 .*expected grey images"),
        ({"x": PIXELS[..., np.newaxis], "y": LABELS}, r"\[5, 4, 3, 1\]; expected grey images"),
        ({"x": PIXELS, "y": LABELS[:4]}, r"as many integers as images, 5"),
        ({"x": PIXELS, "y": LABELS / 2}, "labels of float64"),
        ({"x": PIXELS, "y": LABELS * 0}, "all labels are 0"),
        (
            {"x_a": PIXELS, "y_a": LABELS, "x_b": PIXELS[:, :2], "y_b": LABELS},
            r"one size, found \[\(2, 3\), \(4, 3\)\]",
        ),
    ],
)
def test_what_does_not_fit_is_told(root: Path, arrays: dict[str, np.ndarray], message: str) -> None:
    np.savez(root / "toys.npz", **arrays)
    with pytest.raises(UserError, match=message):
        list(image_import.import_images([root / "toys.npz"]))
    assert not (root / "schema" / "schema.pbtxt").exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("toys.npz", b"nonsense", r"cannot be read as an \.npz file"),
        ("toys.npz", b"PK\x03\x04 nonsense", r"cannot be read as an \.npz file"),
        ("toys.zip", b"nonsense", "neither an .npz file nor an IDX file"),
        ("toys.gz", b"nonsense", "cannot be read: Not a gzipped file"),
        ("toys", struct.pack(">HBBI", 0, 8, 1, 7), "cut off: 0 of 7 bytes"),
    ],
)
def test_other_files_are_refused(root: Path, name: str, content: bytes, message: str) -> None:
    (root / name).write_bytes(content)
    with pytest.raises(UserError, match=message):
        list(image_import.import_images([root / name]))


def test_a_missing_file_is_named(root: Path) -> None:
    for name in ("toys.npz", "toys-images-idx3-ubyte"):
        with pytest.raises(UserError, match=f"{name}.*No such file"):
            list(image_import.import_images([root / name]))


def test_a_name_that_is_no_folder_is_refused(root: Path) -> None:
    np.savez(root / "toys.npz", images=PIXELS, labels=LABELS)
    with pytest.raises(UserError, match=r"'\.\./x' cannot name a folder"):
        list(image_import.import_images([root / "toys.npz"], "../x"))
