"""Starter images out of Debian's packages, for where no registry can be reached.

Standard library only. A recipe (content/catalogue/docker.toml) becomes a root (mmdebstrap), its
difference from the image below becomes a layer, and the layers become an archive for an engine.
"""
