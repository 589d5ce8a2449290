# Written by tools/stubs.py.
from gemmule.ops.precision import autocast as autocast
