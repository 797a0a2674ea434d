"""TFRecord files to batches of features and label, in a random order."""

from __future__ import annotations

import contextlib
import itertools
import math
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from ..console.errors import BadDataError, UserError
from ..features import precision
from ..features.columns import LABEL_FEATURE
from ..features.parsing import Features
from ..features.preprocessing import Preprocessor

SHUFFLE_BUFFER = 20_000
# Into so many files records are dealt out at once: all are open.
MOST_PILES = 200
READ_AT_ONCE = 1024
# Copies of a row are held out together, unless all rows are copies of fewer than that.
LEAST_DIFFERENT_ROWS = 100
# Rows are dealt out to so many buckets, so that what is held out is chosen in constant memory.
BUCKETS = 2**20
SCALE_ROWS = 100_000
COVERAGE_ROWS = 10_000

# Takes the numbers of some records, and the records.
BucketOf = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Split:
    """Records in a random order, in temporary files: any part of them is a random one.

    Attributes:
        files: their paths.
        rows: how many records they hold.
        seed: of the orders in which `training` reads.
    """

    files: Sequence[str]
    rows: int
    seed: int

    def records(self) -> tf.data.Dataset:
        """Read the serialized tf.Examples, scalars of dtype string."""
        return tf.data.TFRecordDataset(list(self.files))


@contextlib.contextmanager
def in_random_order(
    file_patterns: Sequence[str], seed: int, folder: str, most: int | None = None
) -> Iterator[Split]:
    """Put the records of gzipped TFRecord files into a random order.

    Files may be sorted by label, by time or by anything else. Records are dealt out, at random, to
    temporary files of about half as many as SHUFFLE_BUFFER each, and each of these is shuffled: in
    the end all orders are equally probable. So no more than SHUFFLE_BUFFER records are ever in
    memory; on disk it takes the size of the uncompressed records, twice for a moment from
    MOST_PILES * SHUFFLE_BUFFER / 2 records on (two million), since these are dealt out in rounds.

    Args:
        file_patterns: of the files.
        seed: the same one gives the same order.
        folder: where the temporary files are, until the block ends; if that is in a bucket, they
            are where this computer has temporary files.
        most: take every n-th record, so that they are no more than that; None stands for all.

    Raises:
        BadDataError: there are no records.
    """
    given = _given(file_patterns)
    rows = sum(map(len, _batches_of(given)))
    if not rows:
        raise _no_rows(file_patterns)
    distance = math.ceil(rows / (most or rows))
    taken = (batch[number % distance == 0] for number, batch in _numbered(_batches_of(given)))
    with _temporary(folder) as temporary:
        yield _pile_up(taken, math.ceil(rows / distance), seed, temporary / "pile")


@contextlib.contextmanager
def divided(
    file_patterns: Sequence[str], share: float, replicas: int, seed: int, folder: str
) -> Iterator[tuple[Split, Split]]:
    """Hold a share of the records out of the training, and put both parts into a random order.

    Args:
        file_patterns: of the files.
        share: of the records, to hold out.
        replicas: how many are to share what is held out: it is one record for each at least.
        seed: the same one gives the same parts and orders.
        folder: as of in_random_order.

    Yields:
        The records to train on, and those held out.

    Raises:
        BadDataError: there are too few records.
    """
    given = _given(file_patterns)
    bucket_of: BucketOf = _by_content
    counts = _counts(given, bucket_of)
    if not counts.any():
        raise _no_rows(file_patterns)
    if np.count_nonzero(counts) < LEAST_DIFFERENT_ROWS:
        bucket_of = _by_number
        counts = _counts(given, bucket_of)
    held = _held_out(counts, share, replicas, np.random.default_rng(seed))
    with _temporary(folder) as temporary:

        def part(name: str, chosen: np.ndarray) -> Split:
            those = (
                batch[chosen[bucket_of(number, batch)]]
                for number, batch in _numbered(_batches_of(given))
            )
            return _pile_up(those, int(counts[chosen].sum()), seed, temporary / name)

        yield part("train", ~held), part("held_out", held)


def _by_content(_: np.ndarray, batch: np.ndarray) -> np.ndarray:
    """Return the buckets of records: copies of one are in the same."""
    return tf.strings.to_hash_bucket_fast(batch, BUCKETS).numpy()


def _by_number(number: np.ndarray, _: np.ndarray) -> np.ndarray:
    """Return the buckets of records that are to be held out one by one."""
    return number % BUCKETS


def _counts(records: tf.data.Dataset, bucket_of: BucketOf) -> np.ndarray:
    """Count the records in each bucket, int64, [BUCKETS]."""
    counts = np.zeros(BUCKETS, np.int64)
    for number, batch in _numbered(_batches_of(records)):
        np.add.at(counts, bucket_of(number, batch), 1)
    return counts


def _held_out(
    counts: np.ndarray, share: float, replicas: int, generator: np.random.Generator
) -> np.ndarray:
    """Choose buckets at random whose rows are about a share of all, bool, [BUCKETS].

    None is chosen that has more rows alone, if there are others.
    """
    rows = int(counts.sum())
    wanted = max(round(share * rows), replicas)
    if rows <= wanted:
        raise BadDataError(
            f"{rows} rows are too few to train on, for {wanted} are held out to see when to stop"
        )
    given = np.flatnonzero(counts)
    order = generator.permutation(given[counts[given] <= max(wanted, counts[given].min())])
    reached = counts[order].cumsum()
    # Something is left to train on, and there is enough for all replicas.
    allowed = (reached >= replicas) & (reached < rows)
    last = np.where(allowed, np.abs(reached - wanted), rows).argmin()
    held = np.zeros(BUCKETS, bool)
    held[order[: last + 1]] = True
    return held


def per_replica(batch_size: int, replicas: int) -> int:
    """Return the number of records that each replica gets of a batch.

    Raises:
        UserError: it is not the same for all.
    """
    if batch_size % replicas:
        above = math.ceil(batch_size / replicas) * replicas
        raise UserError(
            f"{replicas} replicas cannot share a batch of {batch_size} equally; set batch_size to "
            f"a multiple of {replicas}, such as {above}"
        )
    return batch_size // replicas


def training(split: Split, preprocessor: Preprocessor, batch_size: int) -> tf.data.Dataset:
    """Repeat the records without end, in a new order each time.

    The orders depend on the split's seed alone, however often the dataset is iterated.

    Returns:
        Batches ({name: [batch_size, 1]}, label [batch_size, 1]): the int64 class, or a float32.
    """

    @tf.autograph.experimental.do_not_convert
    def shuffled(seed: tf.Tensor) -> tf.data.Dataset:
        return split.records().shuffle(SHUFFLE_BUFFER, seed)

    records = tf.data.Dataset.random(split.seed).flat_map(shuffled)
    batches = _batches(records.batch(batch_size, drop_remainder=True), preprocessor)
    return batches.apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY))


def evaluation(
    split: Split,
    preprocessor: Preprocessor,
    batch_size: int,
    steps: int | None = None,
    replicas: int = 1,
) -> tf.data.Dataset:
    """Read the records once, or a random part of them, always the same.

    Args:
        split: the records.
        preprocessor: makes the features.
        batch_size: the number of records of a batch.
        steps: the greatest number of batches; None stands for all.
        replicas: how many share each batch: Keras wants the same number of records for all, so
            that fewer than `replicas` records are left out.

    Returns:
        Batches as of `training`, [batch, 1]; the last may be smaller. Their number is known.

    Raises:
        BadDataError: there are fewer records than replicas.
    """
    if split.rows < replicas:
        raise BadDataError(f"{split.rows} rows to evaluate are too few for {replicas} replicas")
    rows = split.rows - split.rows % replicas
    batches = math.ceil(rows / batch_size)
    batches = min(batches, steps or batches)
    parsed = _batches(split.records().take(rows).batch(batch_size).take(batches), preprocessor)
    return parsed.apply(tf.data.experimental.assert_cardinality(batches))


def label_scale(split: Split, preprocessor: Preprocessor, batch_size: int) -> tuple[float, float]:
    """Return mean and standard deviation of a label that is a number; (0, 1) for classes.

    About SCALE_ROWS records, any of them, are enough: it only puts the model's output into the
    right order of magnitude.

    Raises:
        BadDataError: the numbers are so great, so small or so far apart that float32 cannot tell.
    """
    if preprocessor.columns.classes:
        return 0.0, 1.0
    batches = evaluation(split, preprocessor, batch_size, math.ceil(SCALE_ROWS / batch_size))
    labels = np.concatenate([label.numpy().astype(np.float64) for _, label in batches])
    mean, deviation = float(labels.mean()), float(labels.std()) or 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        computable = np.isfinite(np.float32([mean, deviation**2, deviation**-2])).all()
    if not computable or precision.is_lost(labels.min(), labels.max(), labels.std()):
        raise BadDataError(
            f"the label {preprocessor.columns.label!r} cannot be learned as it is: its mean is "
            f"{mean:g}, its standard deviation {deviation:g}; correct its values, or give it "
            "another unit"
        )
    return mean, deviation


def unknown_shares(
    file_patterns: Sequence[str], preprocessor: Preprocessor, seed: int, folder: str
) -> dict[str, float]:
    """Return in which share of some rows a column's value has no id of its own, by its name.

    COVERAGE_ROWS records are enough; the arguments are those of in_random_order.
    """
    columns = preprocessor.columns.listed
    if not columns:
        return {}
    # A vocabulary may have fewer values than it has room for.
    ranked = preprocessor.vocabularies
    ids = {
        each.name: len(ranked[each.name]) + 1 if each.name in ranked else each.treatment.unknown
        for each in columns
    }
    unknown, rows = dict.fromkeys(ids, 0), 0
    with in_random_order(file_patterns, seed, folder, COVERAGE_ROWS) as split:
        for features, label in evaluation(split, preprocessor, READ_AT_ONCE):
            rows += len(label)
            for each in columns:
                unknown[each.name] += np.sum(features[each.feature].numpy() == ids[each.name])
    return {name: float(count / rows) for name, count in unknown.items()}


def _batches(records: tf.data.Dataset, preprocessor: Preprocessor) -> tf.data.Dataset:
    # A batch is parsed at once: several times faster than record by record. AutoGraph translates
    # the preprocessing neither here nor in the exported model.
    @tf.autograph.experimental.do_not_convert
    def parse(batch: tf.Tensor) -> tuple[Features, tf.Tensor]:
        features = dict(
            preprocessor.from_record(tf.io.parse_example(batch, preprocessor.record_spec))
        )
        return features, features.pop(LABEL_FEATURE)

    # At the end of an iterator, TensorFlow waits for what tunes it, up to a minute, and the tuning
    # has made nothing faster.
    options = tf.data.Options()
    options.autotune.enabled = False
    parsed = records.map(parse, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
    return parsed.with_options(options)


def _no_rows(file_patterns: Sequence[str]) -> BadDataError:
    return BadDataError(f"there are no rows in {', '.join(file_patterns)}")


def _given(file_patterns: Sequence[str]) -> tf.data.Dataset:
    """Read the records of gzipped files, always in the same order."""
    files = sorted(itertools.chain.from_iterable(map(tf.io.gfile.glob, file_patterns)))
    return tf.data.TFRecordDataset(files, compression_type="GZIP")


def _batches_of(records: tf.data.Dataset) -> Iterator[np.ndarray]:
    """Return the serialized records, in arrays of some."""
    return records.batch(READ_AT_ONCE).as_numpy_iterator()


def _numbered(batches: Iterable[np.ndarray]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give the numbers of the records of each batch, int64, and the batch."""
    first = 0
    for batch in batches:
        yield np.arange(first, first + len(batch)), batch
        first += len(batch)


@contextlib.contextmanager
def _temporary(folder: str) -> Iterator[Path]:
    """Make a folder in another, or where this computer has them, until the block ends."""
    local = None if "://" in folder else folder
    if local:
        Path(local).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=local) as temporary:
        yield Path(temporary)


def _pile_up(batches: Iterable[np.ndarray], rows: int, seed: int, place: Path) -> Split:
    """Write records in a random order to files whose paths begin with a place."""
    generator = np.random.default_rng(seed)
    piles = _deal(batches, rows, place, generator)
    return Split([_shuffle(pile, generator) for pile in piles], rows, seed)


def _deal(
    batches: Iterable[np.ndarray], rows: int, place: Path, generator: np.random.Generator
) -> list[str]:
    """Deal records out to files at random, of at most SHUFFLE_BUFFER records each.

    Args:
        batches: of serialized ones.
        rows: about how many there are.
        place: what the files' paths begin with.
        generator: says which record goes where.

    Returns:
        The files' paths.
    """
    wanted = math.ceil(rows / (SHUFFLE_BUFFER / 2))
    piles = [f"{place}-{number}" for number in range(min(wanted, MOST_PILES))]
    sizes = np.zeros(len(piles), np.int64)
    with contextlib.ExitStack() as stack:
        writers = [stack.enter_context(tf.io.TFRecordWriter(pile)) for pile in piles]
        for batch in batches:
            numbers = generator.integers(len(piles), size=len(batch))
            sizes += np.bincount(numbers, minlength=len(piles))
            for number, record in zip(numbers, batch):
                writers[number].write(record)
    dealt = []
    for pile, size in zip(piles, sizes.tolist()):
        if size <= SHUFFLE_BUFFER:
            dealt.append(pile)
        else:
            again = _batches_of(tf.data.TFRecordDataset(pile))
            dealt += _deal(again, size, Path(pile), generator)
            Path(pile).unlink()
    return dealt


def _shuffle(file: str, generator: np.random.Generator) -> str:
    """Shuffle the records of a file; return its path."""
    records = list(itertools.chain.from_iterable(_batches_of(tf.data.TFRecordDataset(file))))
    with tf.io.TFRecordWriter(file) as writer:
        for place in generator.permutation(len(records)):
            writer.write(records[place])
    return file
