"""Sequences of different lengths, as in torch.nn.utils.rnn. Packed ones are left out."""

from gemmule import pad, stack
from gemmule.public import public as _public
from gemmule.tensor import check_tensor

__all__ = ["pad_sequence"]


def pad_sequence(sequences, batch_first=False, padding_value=0.0, padding_side="right"):
    """One Tensor of sequences of different lengths, the shorter ones padded.

    Args:
        sequences: Tensors of shapes (L, ...), alike but for L.
        batch_first: whether the result is (N, T, ...) rather than (T, N, ...), T the largest L.
        padding_value: what they are padded with.
        padding_side: ``"right"`` behind their end, ``"left"`` before their start.

    Raises:
        ValueError: there are none, their shapes do not fit, or there is no such side.
    """
    sequences = tuple(sequences)
    for i, sequence in enumerate(sequences):
        check_tensor(sequence, "pad_sequence", "sequences")
        if sequence.shape[1:] != sequences[0].shape[1:] or sequence.ndim == 0:
            raise ValueError(
                f"pad_sequence: sequences[{i}] has shape {sequence.shape}, expected "
                f"{('L', *sequences[0].shape[1:])} as the first one's"
            )
    if padding_side not in ("left", "right"):
        raise ValueError(f'pad_sequence: expected "left" or "right", got {padding_side!r}')
    longest = max(map(len, sequences), default=0)
    padded = []
    for sequence in sequences:
        width = (longest - len(sequence), 0)
        widths = (0, 0) * (sequence.ndim - 1) + width[:: 1 if padding_side == "left" else -1]
        padded.append(pad(sequence, widths, value=padding_value))
    return stack(padded, 0 if batch_first else 1)


_public(globals(), __name__)
