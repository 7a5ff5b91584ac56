"""The whole examination: every trial, one after another, and the stamp."""

from collections.abc import Awaitable, Callable

from visualizer.engine.docker.api import ApiError
from visualizer.engine.docker.names import LAB_LABEL
from visualizer.engine.errors import EngineUnavailable
from visualizer.engine.private import state
from visualizer.engine.private.doctor import disk, memory, network, noise, processes, rights, stamp
from visualizer.engine.private.doctor.finding import Finding, found
from visualizer.engine.private.doctor.patient import Patient
from visualizer.engine.private.errors import PrivateEngineError
from visualizer.engine.private.place import Place

Trial = Callable[[Patient], Awaitable[Finding]]

TRIALS: tuple[Trial, ...] = (
    rights.root_in_a_step,
    rights.root_in_a_container,
    rights.rights_in_a_step,
    rights.more_rights_in_a_step,
    rights.rights_in_a_container,
    rights.refused_in_a_step,
    rights.refused_in_a_container,
    rights.socket_in_a_step,
    rights.socket_in_a_container,
    rights.socket_on_the_machine,
    network.from_a_step,
    network.from_a_container,
    network.between_labs,
    network.of_the_engine,
    processes.forks_in_a_step,
    processes.forks_in_a_container,
    processes.cores,
    memory.in_a_step,
    memory.in_a_container,
    memory.of_others,
    disk.in_a_step,
    disk.in_a_container,
    noise.of_a_container,
    noise.of_the_engine,
)


async def examine(
    place: Place, tell: Callable[[Finding], None] = lambda _: None, *, anyway: bool = False
) -> list[Finding]:
    """Try all protections of the engine that is up; `tell` hears of each at once.

    It fills the engine's disk and memory for moments: with labs at work in it, only `anyway`.
    Raises PrivateEngineError.
    """
    known = state.read(place)
    if known is None or known.phase != "ready" or state.supervisor_pid(place) is None:
        raise PrivateEngineError(
            "There is nothing to examine.", "The private engine is not up.",
            "Type: python manage.py engine up",
        )  # fmt: skip
    # Whatever comes of it: what was found of the engine before counts no more.
    place.stamp.unlink(missing_ok=True)
    findings: list[Finding] = []
    try:
        async with Patient(place, known) as patient:
            if not anyway:
                await _check_idle(patient)
            for trial in TRIALS:
                findings.append(await _tried(trial, patient))
                tell(findings[-1])
    except (ApiError, EngineUnavailable) as error:
        raise PrivateEngineError(
            "The examination could not be finished.", f"The engine failed at it: {error}",
            f"Look into {place.log}, and try again.",
        ) from error  # fmt: skip
    stamp.write(place, known, findings)
    return findings


async def _tried(trial: Trial, patient: Patient) -> Finding:
    try:
        return await trial(patient)
    except (ApiError, EngineUnavailable, OSError, TimeoutError) as error:
        name = f"{trial.__module__.rpartition('.')[2]} {trial.__name__.replace('_', ' ')}"
        return found(name, False, f"the trial itself failed: {error or type(error).__name__}")


async def _check_idle(patient: Patient) -> None:
    running = await patient.api.get("/containers/json")
    labs = {each["Labels"][LAB_LABEL] for each in running if LAB_LABEL in each["Labels"]}
    if labs:
        raise PrivateEngineError(
            f"Labs have containers running: {len(labs)} of them.",
            "The examination fills the disk and the memory that they share, for moments.",
            "Try again when nobody works, or add --anyway.",
        )
