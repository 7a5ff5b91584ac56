"""Builds: a plan's steps carried out, stage by stage, each to a layer or a change of config."""
