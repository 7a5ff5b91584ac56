"""Layercake as a Django application."""

from django.apps import AppConfig


class VisualizerConfig(AppConfig):
    """One application: the folders in it are its concerns."""

    name = "visualizer"
    verbose_name = "Layercake"
