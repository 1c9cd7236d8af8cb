"""A plug-in of the peers' table: loaded in a process, it registers the chains there. They are problems
of no suite, so nothing else loads it.
"""

from diffbench.bench.rivals.chains import CHAINS
from diffbench.registry import register

for _name, _chain in CHAINS.items():
    register("problems", _name, _chain)
