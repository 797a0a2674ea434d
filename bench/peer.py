"""Runs TFX's own taxi template once, with all its components switched on.

Usage: python peer.py FOLDER STEPS, in an environment that has TFX, after
`tfx template copy --model=taxi --pipeline_name=taxi --destination_path=FOLDER`.
"""

import os
import pathlib
import re
import sys


def main(folder: pathlib.Path, steps: str) -> None:
    pipeline = folder / "pipeline" / "pipeline.py"
    switched_on = re.sub(r"(?m)^( *)# (components\.append\()", r"\1\2", pipeline.read_text())
    pipeline.write_text(switched_on)
    configs = folder / "pipeline" / "configs.py"
    configs.write_text(
        re.sub(r"(?m)^TRAIN_NUM_STEPS = \d+$", f"TRAIN_NUM_STEPS = {steps}", configs.read_text())
    )
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    import local_runner

    local_runner.run()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2])
