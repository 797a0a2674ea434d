from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from << cookiecutter.package_name >> import cli
from << cookiecutter.package_name >>.console import (
    options,
    records,
)
from << cookiecutter.package_name >>.settings import Settings

PREFIX = Settings.model_config["env_prefix"]


def test_the_log_begins_with_run_and_settings(tmp_path: Path) -> None:
    settings = Settings(output=tmp_path, seed=7)
    with options.logged(settings, run_id="one") as (_, log):
        pass
    first, second, *_ = log.read_text(encoding="utf-8").splitlines()
    assert first.endswith("] run one")
    told = json.loads(second.partition("settings: ")[2])
    assert told["seed"] == 7
    assert told.keys() == Settings.model_fields.keys()


@pytest.mark.parametrize(
    "given",
    [
        {"metadata_url": "mysql://me:hush@host/name"},
        {"metadata_url": "mysql://me:a@hush/b@host/name"},
        {"metadata_url": "mysql:/me:hush@host/name"},
        {"metadata_url": "me:hush@host/name"},
        {"metadata_url": "mysql://me:hush"},
        {"metadata_url": "mysql://me@host:hush/name"},
        {"metadata_url": "postgresql://me@host/name?sslmode=require&sslpassword=hush"},
        {"beam_options": {"s3_secret_access_key": "hush", "azure_connection_PASSWORD": "hush"}},
        {"beam_options": {"proxy": "http://me:hush@proxy:80"}},
    ],
)
def test_no_secret_is_logged(tmp_path: Path, given: dict[str, object]) -> None:
    with options.logged(Settings(output=tmp_path, **given)) as (_, log):
        pass
    text = log.read_text(encoding="utf-8")
    assert options.HIDDEN in text
    assert "hush" not in text


@pytest.mark.parametrize(
    "url", ["", "mysql://me@host/name", "postgresql://m%20e@[::1]:99/n?sslmode=disable"]
)
def test_a_database_without_a_password_is_logged(tmp_path: Path, url: str) -> None:
    with options.logged(Settings(output=tmp_path, metadata_url=url)) as (_, log):
        pass
    assert f'"metadata_url": "{url}"' in log.read_text(encoding="utf-8")


def test_an_error_in_a_secret_does_not_show_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(f"{PREFIX}BEAM_OPTIONS", '{"api_token": ["hush"], "region": 3}')
    assert cli.main(["predict", "rows.csv"]) == 2
    told = capfd.readouterr().err
    assert "hush" not in told
    assert "beam_options.api_token=***: " in told
    assert "beam_options.region=3: " in told


@pytest.mark.parametrize("given", ["option", "variable"])
def test_errors_in_other_settings_are_objects_too(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], given: str
) -> None:
    monkeypatch.setattr(records.origin, "as_json", False)
    monkeypatch.setenv(f"{PREFIX}SEED", "-1")
    if given == "variable":
        monkeypatch.setenv(f"{PREFIX}LOG_FORMAT", "json")
    assert cli.main(["run", *(["--log-format", "json"] if given == "option" else [])]) == 2
    told = json.loads(capfd.readouterr().err)
    assert told["level"] == "ERROR"
    assert told["message"].startswith("seed=-1: ")


def test_an_unknown_format_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "--log-format", "xml"]) == 2
    assert capfd.readouterr().err.startswith("log_format=xml: Input should be 'text' or 'json'")


def test_commands_without_the_option_take_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records.origin, "as_json", False)
    monkeypatch.setenv(f"{PREFIX}LOG_FORMAT", "json")
    options.settings_of(argparse.Namespace())
    assert records.origin.as_json
