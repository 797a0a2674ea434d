"""Files and links of a repository's working tree."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Iterator
from pathlib import Path


def is_file(root: Path, path: str) -> bool:
    """Whether there is a file or a link, and no folder."""
    file = root / path
    return not behind_a_link(root, path) and (file.is_symlink() or file.is_file())


def same(one: Path, other: Path, path: str) -> bool:
    """Whether a path is the same in two folders: no file, the same link, or the same content."""
    if not is_file(one, path) or not is_file(other, path):
        return is_file(one, path) == is_file(other, path)
    files = (one / path, other / path)
    if any(file.is_symlink() for file in files):
        return all(file.is_symlink() for file in files) and len({*map(os.readlink, files)}) == 1
    executable = {os.access(file, os.X_OK) for file in files}
    return len(executable) == 1 and filecmp.cmp(*files, shallow=False)


def remove(root: Path, path: str) -> None:
    """Delete a file, and the folders that are empty without it."""
    if behind_a_link(root, path):
        return
    if is_file(root, path):
        (root / path).unlink()
    for folder in (root / path).parents:
        if folder == root:
            return
        try:
            folder.rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            return


def behind_a_link(root: Path, path: str) -> bool:
    """Whether a path leads elsewhere: what is there is somebody else's."""
    return any((root / parent).is_symlink() for parent in parents(path))


def is_folder(path: Path) -> bool:
    """Whether there is a folder, and no link to one."""
    return path.is_dir() and not path.is_symlink()


def blocks(path: Path) -> bool:
    """Whether there is something that is no folder, so that nothing can be below it."""
    return os.path.lexists(path) and not is_folder(path)


def parents(path: str) -> list[str]:
    """List the folders that a relative path is in."""
    return [str(parent) for parent in Path(path).parents if parent.name]


def leaves(folder: Path) -> Iterator[Path]:
    """List all in a folder that is no folder."""
    for place, folders, files in os.walk(folder):
        links = [name for name in folders if Path(place, name).is_symlink()]
        yield from (Path(place, name) for name in [*files, *links])


def link(source: Path, target: Path) -> None:
    """Let a file be in another place too, with its content from the first moment if possible."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        with target.open("x", encoding="utf-8") as file:
            file.write(source.read_text(encoding="utf-8"))
