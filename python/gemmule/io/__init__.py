"""Weights on disk, in the safetensors format that other libraries read too."""

from gemmule.io.weights import *
