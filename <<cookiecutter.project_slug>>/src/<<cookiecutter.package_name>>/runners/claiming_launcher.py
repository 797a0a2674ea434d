"""TFX's launcher, which lets no component write to where something is already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ml_metadata.proto.metadata_store_pb2 import Execution
from tfx.orchestration.portable import launcher
from tfx.proto.orchestration import execution_result_pb2

from ..console.errors import UserError
from ..services import results

CLAIM = ".claim"


class ClaimingLauncher(launcher.Launcher):
    """Launches a node that writes to new folders, which are called by its execution's number.

    ML Metadata gives each number once, but a copy of it that is older does so again.
    """

    def _run_executor(self, execution_info: Any) -> execution_result_pb2.ExecutorOutput:
        """Run the executor, if nobody else has written to where it writes.

        Raises:
            UserError: another execution has.
        """
        with self._mlmd_connection as metadata:
            (execution,) = metadata.store.get_executions_by_id([execution_info.execution_id])
        mine = _claim(Path(execution_info.execution_output_uri).parent, execution)
        outputs = [each for artifacts in execution_info.output_dict.values() for each in artifacts]
        folders = [results.folder(each.mlmd_artifact) for each in outputs]
        taken = [each for each in folders if each.is_dir() and any(each.iterdir())]
        others = {*mine.parent.glob(f"*{CLAIM}")} - {mine}
        if taken or others:
            raise UserError(
                f"{[*taken, *others][0]} is of another execution of this number (is the database "
                f"an older copy?): bring the newest one back, or move {mine.parents[4]} away"
            )
        mine.touch()
        return super()._run_executor(execution_info)


def claimed(artifacts: Path, node: str, execution: Execution) -> list[Path]:
    """List the folders that an execution may have written to.

    Args:
        artifacts: where all components write.
        node: the component.
        execution: of it.
    """
    system = artifacts / node / ".system" / "executor_execution" / str(execution.id)
    if not _claim(system, execution).exists():
        return []
    return [*artifacts.glob(f"{node}/*/{execution.id}")]


def _claim(folder: Path, execution: Execution) -> Path:
    # Its name is random.
    return folder / f"{execution.name}{CLAIM}"
