"""The methods. Importing this package registers each of them under its name; one module a
method.
"""

from diffbench.differentiators import adaptive_difference as adaptive_difference
from diffbench.differentiators import compiled as compiled
from diffbench.differentiators import complex_step as complex_step
from diffbench.differentiators import finite_difference as finite_difference
from diffbench.differentiators import forward as forward
from diffbench.differentiators import manual as manual
from diffbench.differentiators import peers as peers
from diffbench.differentiators import reverse as reverse
from diffbench.differentiators import richardson as richardson
from diffbench.differentiators import symbolic as symbolic
