"""Where Beam runs the components that read all rows: here, on a cluster, or on Dataflow."""

from __future__ import annotations

from dataclasses import dataclass

from ..console.errors import UserError
from ..settings import Settings
from .tcp_probe import require_server

# No container is used, but without this TFX packs itself up for each component.
NO_IMAGE = "--sdk_container_image=none"


@dataclass(frozen=True)
class Engine:
    """A way to run Beam.

    Attributes:
        arguments: always given.
        required: the options that it does not run without.
        optional: the others that it may be given.
    """

    arguments: tuple[str, ...]
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


ENGINES = {
    # The default of newer Beams downloads a runner first.
    "direct": Engine(
        ("--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner", NO_IMAGE)
    ),
    "portable": Engine(
        ("--runner=PortableRunner",),
        required=("job_endpoint", "environment_type"),
        optional=(
            "artifact_endpoint",
            "environment_config",
            "job_server_timeout",
            "parallelism",
            "sdk_worker_parallelism",
        ),
    ),
    "dataflow": Engine(
        ("--runner=DataflowRunner",),
        required=("project", "region", "sdk_container_image", "temp_location"),
        optional=(
            "autoscaling_algorithm",
            "machine_type",
            "max_num_workers",
            "network",
            "num_workers",
            "service_account_email",
            "staging_location",
            "subnetwork",
        ),
    ),
}
# By the kind of a portable engine's workers: whether they need environment_config.
ENVIRONMENTS = {"DOCKER": True, "EXTERNAL": True, "LOOPBACK": False}


def beam_arguments(settings: Settings) -> list[str]:
    """Write the settings' engine and its options as Beam's command line.

    Raises:
        UserError: an option is missing, or not of this engine.
    """
    name, options = settings.beam_engine, settings.beam_options
    engine = ENGINES[name]
    if missing := [each for each in engine.required if not options.get(each)]:
        raise UserError(f"beam_engine {name} needs the beam_options {', '.join(missing)}")
    if unknown := sorted({*options} - {*engine.required, *engine.optional}):
        known = ", ".join([*engine.required, *engine.optional]) or "none"
        raise UserError(
            f"beam_engine {name} does not take the beam_options {', '.join(unknown)}; "
            f"it takes: {known}"
        )
    arguments = [*engine.arguments, *(f"--{each}={value}" for each, value in options.items())]
    return [*arguments, *_workers(options)] if name == "portable" else arguments


def require_engine(settings: Settings) -> None:
    """Make sure that there is an engine to talk to.

    Raises:
        UserError: nobody answers at the job endpoint, or an option is missing or not of this
            engine.
    """
    beam_arguments(settings)
    if settings.beam_engine == "portable":
        endpoint = settings.beam_options["job_endpoint"]
        host, _, port = endpoint.rpartition(":")
        if not host or not port.isdecimal():
            raise UserError(f"job_endpoint {endpoint!r} is not HOST:PORT")
        require_server("Beam job service", host, int(port))


def _workers(options: dict[str, str]) -> list[str]:
    kind, config = options["environment_type"], options.get("environment_config")
    if kind not in ENVIRONMENTS:
        raise UserError(f"environment_type {kind!r} is none of {', '.join(ENVIRONMENTS)}")
    if ENVIRONMENTS[kind] != bool(config):
        needs = "needs an" if ENVIRONMENTS[kind] else "takes no"
        raise UserError(f"environment_type {kind} {needs} environment_config")
    return [f"--sdk_container_image={config}"] if kind == "DOCKER" else [NO_IMAGE]
