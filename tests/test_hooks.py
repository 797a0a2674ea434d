"""The hooks, with answers that no bake of today can give them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from cookiecutter.exceptions import FailedHookException
from cookiecutter.hooks import run_script_with_context

from testing.cells import lines_of_other_hosts
from testing.template import CHOICES, LINES, QUESTIONS, ROOT

ANSWERS = {
    **QUESTIONS,
    **{question: answers[0] for question, answers in CHOICES.items()},
    "project_slug": "my-pipeline",
    "package_name": "my_pipeline",
    "tfx_version": "1.15",
    "images": "no",
    "tflite": "no",
    "_template": "",
}


def run_hook(name: str, folder: Path, **answers: object) -> None:
    context = {"cookiecutter": {**ANSWERS, **answers}}
    run_script_with_context(ROOT / "hooks" / f"{name}.py", folder, context)


def test_a_model_api_needs_a_line_that_has_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    lines = {"8.0": {"model_apis": ["keras", "estimator"]}, "9.0": {"model_apis": ["keras"]}}
    run_hook("pre_gen_project", tmp_path, _lines=lines, tfx_version="9.0", model_api="keras")
    with pytest.raises(FailedHookException):
        run_hook(
            "pre_gen_project", tmp_path, _lines=lines, tfx_version="9.0", model_api="estimator"
        )
    assert "write a tfx_version of: 8.0." in capfd.readouterr().err


@pytest.mark.parametrize(
    ("needs", "told"),
    [
        ({"glibc": "99.0"}, "TFX 9.0 needs glibc 99.0 or newer (Some OS), and this computer has "),
        ({"pythons": ["2.9"]}, "TFX 9.0 needs Python 2.9, and there is none on PATH: "),
    ],
)
def test_a_computer_that_cannot_install_tfx_is_told(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    needs: dict[str, object],
    told: str,
):
    monkeypatch.setenv("PATH", str(tmp_path))
    line = {**LINES["1.15"], "systems": "Some OS", **needs}
    run_hook("post_gen_project", tmp_path, _lines={"8.0": line, "9.0": line}, tfx_version="9.0")
    (said,) = capfd.readouterr().err.splitlines()
    assert said.startswith(told)
    assert said.endswith("by its Dockerfile or generate it with tfx_version=8.0.")
    assert (tmp_path / ".cookiecutter.json").is_file()


def test_a_computer_that_can_install_tfx_is_told_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    line = {**LINES["1.15"], "pythons": ["{}.{}".format(*sys.version_info)]}
    run_hook("post_gen_project", tmp_path, _lines={"9.0": line}, tfx_version="9.0")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("line", LINES)
def test_the_generator_and_the_matrix_agree_on_what_this_computer_can_run(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], line: str
):
    running = {**LINES[line], "pythons": ["{}.{}".format(*sys.version_info)]}
    run_hook("post_gen_project", tmp_path, _lines={line: running}, tfx_version=line)
    refused = "needs glibc" in capfd.readouterr().err
    assert refused == (line in lines_of_other_hosts())


@pytest.mark.parametrize("character", ["\0", "\r", "\x1b", "\x7f", "\x85", "\u2028", "\udc80"])
def test_characters_that_end_or_break_a_line_are_refused(
    tmp_path: Path, character: str, capfd: pytest.CaptureFixture[str]
):
    with pytest.raises(FailedHookException):
        run_hook("pre_gen_project", tmp_path, description=f"one{character}two")
    assert "control character" in capfd.readouterr().err


@pytest.mark.parametrize("text", ["👩‍🔬", "é", '"""', "'''", "\\", '\\"', "x" * 500])
def test_harmless_text_is_taken(tmp_path: Path, text: str):
    run_hook("pre_gen_project", tmp_path, description=text)
