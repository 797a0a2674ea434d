"""Builds a project's image with buildah, and runs it as engines do: with process 1 of its own.

buildah itself neither lets a command be process 1 nor makes the root read-only where there is no
container runtime, so a few mounts in namespaces of their own stand in for one. As root.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ENTER = """
set -e
root=$1 folder=$2 user=$3 read_only=$4
shift 4
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
# Engines write it, too: without it some do not know localhost.
cp -L /etc/hosts "$root/etc/hosts"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
while [ "$1" != -- ]; do
    mkdir -p "$root${1#*:}"
    mount --bind "${1%%:*}" "$root${1#*:}"
    shift
done
shift
if [ "$read_only" = True ]; then mount -o remount,bind,ro "$root"; fi
exec chroot --userspec="$user" --groups=0 "$root" env -i --chdir="$folder" "$@"
"""
NAMESPACES = ("--mount", "--pid", "--fork", "--kill-child", "--propagation=private")


class Container:
    """An image, unpacked.

    Args:
        root: the folder of its files.
        config: what the image says of itself, as OCI's specification names it.
    """

    def __init__(self, root: Path, config: dict[str, Any]) -> None:
        self.root = root
        self.config = config

    def start(
        self,
        *arguments: str,
        output: Path,
        user: str | None = None,
        read_only: bool = False,
        entrypoint: Sequence[str] | None = None,
        volumes: Mapping[Path, str] | None = None,
        variables: Sequence[str] = (),
    ) -> subprocess.Popen[str]:
        """Start a command.

        Args:
            arguments: those of the entrypoint.
            output: is mounted where the project writes to.
            user: its id and group, if it is not the image's own.
            read_only: whether all but /tmp and what is mounted may only be read.
            entrypoint: instead of the image's.
            volumes: what else is mounted, and where.
            variables: what is added to the environment: NAME=VALUE.
        """
        mounts = {output: "/pipeline/output", **(volumes or {})}
        folder, owner = self.config["WorkingDir"], user or self.config["User"]
        return subprocess.Popen(
            [
                *("unshare", *NAMESPACES, "bash", "-c", ENTER, "bash"),
                *(self.root, folder, owner, str(read_only)),
                *(f"{place}:{inside}" for place, inside in mounts.items()),
                *("--", *self.config["Env"], *variables),
                *(entrypoint or self.config["Entrypoint"]),
                *arguments,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def call(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, as `start` takes it."""
        process = self.start(*arguments, **options)
        said, complaint = process.communicate()
        return subprocess.CompletedProcess(arguments, process.returncode, said, complaint)

    def size(self) -> int:
        """Return the bytes of its files."""
        du = ["du", "--summarize", "--bytes", "--one-file-system", self.root]
        return int(_said(du).split()[0])


def signal_first_process(process: subprocess.Popen[str], number: int) -> None:
    """Send a signal to the first process of a container that was started."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    os.kill(int(children.read_text(encoding="utf-8")), number)


@contextlib.contextmanager
def built(project: Path, line: str, options: Sequence[str]) -> Iterator[Container]:
    """Build the image of a project, and unpack it; in the end, remove it.

    Args:
        project: its folder.
        line: of TFX; names the image.
        options: further ones of `buildah build`.
    """
    name = f"localhost/tfx-tf2-template-image:{line}"
    build = ["buildah", "build", "--isolation=chroot", "--build-arg=REVISION=abc", *options]
    subprocess.run([*build, f"--tag={name}", project], check=True)
    try:
        container = _said(["buildah", "from", "--pull-never", name])
        try:
            inspected = _said(["buildah", "inspect", container])
            root = Path(_said(["buildah", "mount", container]))
            yield Container(root, json.loads(inspected)["OCIv1"]["config"])
        finally:
            subprocess.run(["buildah", "rm", container], check=True)
    finally:
        subprocess.run(["buildah", "rmi", name], check=True)


def _said(command: Sequence[str | Path]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
