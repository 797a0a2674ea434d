"""Which database the results in an output are of: a random name stands in both.

The folders of results are called by the numbers that a database gives to executions. With another
one, components would write into, and read from, the folders of others.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from ml_metadata.metadata_store import ListOptions, MetadataStore, OrderByField
from ml_metadata.proto.metadata_store_pb2 import Context, ContextType
from tfx.orchestration.portable.mlmd import execution_lib

from ..console.errors import UserError
from . import results

FILE = "database-id"
TYPE = "output"


def require_none(artifacts: Path, but: str) -> None:
    """Require that there are no results, to which a new database would be another one.

    Args:
        artifacts: where components write.
        but: what is the matter with their database.

    Raises:
        UserError: there are.
    """
    if (artifacts / FILE).exists() or _numbered(artifacts):
        raise UserError(f"{but}, but there are results of it: {_advice(artifacts)}")


def settle(store: MetadataStore, artifacts: Path, shared: bool) -> None:
    """Require that a database is that of the results; if these have none, it becomes theirs.

    Those that are older than this module have none. Then the database must know each of them.

    Args:
        store: the database.
        artifacts: where components write.
        shared: whether the database may have results of other outputs.

    Raises:
        UserError: the database is another one, or an older copy.
    """
    file = artifacts / FILE
    folders = _numbered(artifacts)
    if not file.exists():
        _require_known(_strangers(store, folders, shared), artifacts)
        _introduce(store, file)
    elif _context(store, file.read_text(encoding="utf-8", errors="replace")):
        _require_known(_later(store, folders), artifacts)
    else:
        raise UserError(
            f"the results in {artifacts} are of another database than the one that is set: "
            f"{_advice(artifacts)}"
        )


def _require_known(unknown: list[Path], artifacts: Path) -> None:
    if unknown:
        raise UserError(
            f"ML Metadata does not know the runs of {len(unknown)} results, {min(unknown)} for one "
            f"(is the database another one, or an older copy?): {_advice(artifacts)}"
        )


def _advice(artifacts: Path) -> str:
    return f"bring their database back, move {artifacts} away, or let --output name another folder"


def _numbered(artifacts: Path) -> list[Path]:
    """List the folders of results, <component>/<output>/<number of the execution>."""
    return [each for each in artifacts.glob("*/*/*") if each.name.isdecimal()]


def _context(store: MetadataStore, name: str) -> Context | None:
    return store.get_context_by_type_and_name(TYPE, name.strip())


def _introduce(store: MetadataStore, file: Path) -> None:
    name = uuid.uuid4().hex
    type_id = store.put_context_type(ContextType(name=TYPE))
    store.put_contexts([Context(type_id=type_id, name=name)])
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{name}")
    partial.write_text(f"{name}\n", encoding="utf-8")
    os.replace(partial, file)


def _later(store: MetadataStore, folders: list[Path]) -> list[Path]:
    """List the folders of executions that the database is still to number."""
    newest = ListOptions(limit=1, order_by=OrderByField.ID, is_asc=False)
    last = max((each.id for each in store.get_executions(newest)), default=0)
    return [each for each in folders if int(each.name) > last]


def _strangers(store: MetadataStore, folders: list[Path], shared: bool) -> list[Path]:
    """List the folders that a database knows nothing of.

    What it says of a place is believed, if the files that it has seen there are there; in a
    database of this output alone, of any place, for the output may have been moved, and other files
    be deleted. Failed executions leave folders of which it says nothing.
    """
    if not folders:
        return []
    known = set()
    for artifact in store.get_artifacts():
        place = results.folder(artifact)
        if not shared or (place.exists() and results.is_intact(artifact)):
            known.add(place if shared else place.parts[-3:])
    failed = {
        (context.name.rpartition(".")[2], str(execution.id))
        for context in store.get_contexts_by_type("node")
        for execution in store.get_executions_by_context(context.id)
        if not execution_lib.is_execution_successful(execution)
    }
    return [
        each
        for each in folders
        if (each if shared else each.parts[-3:]) not in known
        and (each.parts[-3], each.name) not in failed
    ]
