"""The actions `install` and `images` of `manage.py engine`: what is typed, and what it means."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from visualizer.engine.catalogue import load_catalogue
from visualizer.engine.private import Place
from visualizer.engine.provisioning import installing, providing
from visualizer.engine.provisioning.errors import ProvisioningFailed
from visualizer.engine.provisioning.images import EngineImages
from visualizer.engine.provisioning.providing import Offer
from visualizer.environment import Environment

Tell = Callable[[str], object]


def add_arguments(actions: Any) -> None:
    """The two actions' own options."""
    actions.add_parser("install", help="install what it needs (Debian, Ubuntu; as root)")
    images = actions.add_parser("images", help="give it its base images; without options, pull")
    images.add_argument("names", nargs="*", metavar="NAME", help="these alone, not all")
    way = images.add_mutually_exclusive_group()
    way.add_argument("--list", action="store_true", help="say what is there and what is not")
    way.add_argument("--bundle", type=Path, metavar="FILE", help="load what docker save wrote")
    way.add_argument("--starter", action="store_true", help="make them out of Debian's packages")
    images.add_argument("--fresh", action="store_true", help="also what is there already")


def install(tell: Tell) -> None:
    """Install the packages that are missing. Raises ProvisioningFailed."""
    missing = installing.lacking()
    installing.install(missing, lambda text: _indented(tell, text))
    tell("Everything that the private engine needs is installed.")


def images(here: Environment, place: Place, options: dict[str, Any], tell: Tell) -> None:
    """Give the engine its images, or list them. Raises ProvisioningFailed."""
    engine = EngineImages(_socket(here, place))
    offer = _offer()
    if options["list"]:
        for line in providing.listing(engine, offer):
            tell(line)
    elif options["bundle"]:
        providing.load(engine, options["bundle"], lambda text: _indented(tell, text))
    elif options["starter"]:
        providing.start(engine, options["names"], fresh=options["fresh"])
    else:
        providing.pull(
            engine,
            offer,
            options["names"],
            mirror=here.image_mirror,
            fresh=options["fresh"],
            tell=lambda text: _indented(tell, text),
        )


def _socket(here: Environment, place: Place) -> Path:
    """The engine that LAYERCAKE_DOCKER_HOST names, else the private one's. ProvisioningFailed."""
    if not here.docker_host:
        return place.socket
    kind, _, path = here.docker_host.partition("://")
    if kind != "unix":
        raise ProvisioningFailed(
            "Images are not given to an engine on another machine.",
            f"LAYERCAKE_DOCKER_HOST is {here.docker_host}.",
            "Type docker pull there, or unset it for the site's private engine.",
        )
    return Path(path)


def _offer() -> Offer:
    catalogue = load_catalogue()
    return Offer(frozenset(catalogue.names()), catalogue.pulled, catalogue.starters)


def _indented(tell: Tell, text: str) -> None:
    tell(f"  {text}")
