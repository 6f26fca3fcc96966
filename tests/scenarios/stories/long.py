"""The small network as a long story: it draws nothing unless something is asked of its waves."""

from dataclasses import replace

from tests.scenarios.stories import small

SCENARIO = replace(small.SCENARIO, doc="a small network, taken for a long one", is_long=True)
