"""The contract of every engine, in parts; `tests.engine.contract` has them all."""
