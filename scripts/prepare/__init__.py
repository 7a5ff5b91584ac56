"""The set-up that `scripts/run`, `scripts/test` and `scripts/bench` share.

Standard library only, since it runs before anything is installed. Every part that takes time
leaves a stamp of what it was made from inside the thing it made, so a second start skips it and
deleting the thing deletes its stamp.
"""
