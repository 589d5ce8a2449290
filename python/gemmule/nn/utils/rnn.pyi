# Written by tools/stubs.py.
from typing import Any

def pad_sequence(sequences: Any, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = 'right') -> Any: ...
