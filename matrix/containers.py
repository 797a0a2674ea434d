"""Runs `python -m MODULE ARGUMENTS`, again and again, each in a process that is forked.

To be run by a project's Python, which so imports TFX once. Each line of the standard input is a
JSON list of the module and its arguments; each line of the standard output is a JSON list of the
exit code, and of what was printed.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import tempfile

import tfx.components
import tfx.orchestration.kubeflow.v2.container.kubeflow_v2_entrypoint_utils  # noqa: F401


def run(command: list[str], printed: int) -> None:
    """Do what `python -m` does, and end the process."""
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    sys.argv[1:] = command[1:]
    code = 0
    try:
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


for line in sys.stdin:
    with tempfile.TemporaryFile() as file:
        child = os.fork()
        if not child:
            run(json.loads(line), file.fileno())
        _, status = os.waitpid(child, 0)
        file.seek(0)
        answer = [os.waitstatus_to_exitcode(status), file.read().decode(errors="replace")]
    print(json.dumps(answer), flush=True)
