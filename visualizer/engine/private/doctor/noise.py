"""Trials of what a chatty container leaves on the disk."""

from visualizer.engine.private.configuration import MIB
from visualizer.engine.private.doctor.finding import Finding, found
from visualizer.engine.private.doctor.patient import Patient
from visualizer.engine.private.supervisor import LOG_BYTES

CHATTER = f"yes 0123456789 | head -c {16 * MIB}"
MOST = 3 * MIB


async def of_a_container(patient: Patient) -> Finding:
    """Both as labs have them, without a log, and as the engine makes them by itself."""
    kept = {}
    for log in ("none", "json-file"):
        container = await patient.start(CHATTER, log=log)
        await patient.wait(container)
        told = await patient.api.get(f"/containers/{container}/json")
        folder = patient.inside(told["HostsPath"]).parent
        kept[log] = sum(file.stat().st_size for file in folder.glob("*-json.log*"))
        await patient.remove(container)
    evidence = f"of 16 MiB that a container writes, {kept['none']} bytes are kept in labs, "
    evidence += f"{kept['json-file'] // 1024} KiB elsewhere"
    return found("noise of a container", kept["none"] == 0 and kept["json-file"] < MOST, evidence)


async def of_the_engine(patient: Patient) -> Finding:
    """dockerd's own log."""
    folder = patient.place.folder
    size = sum(file.stat().st_size for file in folder.glob(f"{patient.place.log.name}*"))
    return found("noise of dockerd", size <= 2.5 * LOG_BYTES, f"{size // 1024} KiB of log")
