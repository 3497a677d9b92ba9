"""The durable_rules reading: the same rules in worker processes, inside the subset that was measured to be right.

durable_rules is a fast RETE engine that answers wrongly, hangs or kills the process on ordinary rules and facts; each
module here keeps one part of it harmless. ``rules.condition`` brings conditions into alternatives without *not* and
*or*, ``patterns`` writes those as the engine's JSON, ``program`` puts rule sets together, ``encoding`` writes facts,
``wrapper`` calls the library, ``worker`` is the process it lives in, ``process`` our end of the pipe, ``trial`` tries
a program before it is served, ``pool`` is the way in: ``from rules.engine.pool import EnginePool``.

This module imports none of them, so that a worker starts with little more than the library.
"""
