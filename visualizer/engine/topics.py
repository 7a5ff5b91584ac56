"""The diagnoses that the engines add to the Dockerfile's own, for the reference page."""

from visualizer.engine import build_failures, registry_words
from visualizer.engine.docker import newer_syntax, words
from visualizer.engine.embedded.building import failures

TOPICS = (
    build_failures.TOPIC,
    failures.TOPIC,
    words.TOPIC,
    newer_syntax.TOPIC,
    registry_words.TOPIC,
)
