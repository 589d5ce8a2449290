import gemmule
import numpy as np
import pytest
from check import draw
from gemmule import nn
from layers import check_layer

INDICES = draw((3, 4), integers=True, low=0, high=7)


@pytest.mark.parametrize(
    "options",
    [
        dict(),
        dict(padding_idx=2),
        dict(padding_idx=-1),
        dict(scale_grad_by_freq=True),
        dict(max_norm=1.5),
        dict(max_norm=1.0, norm_type=1.0),
    ],
    ids=str,
)
def test_embedding(options):
    check_layer("Embedding", 7, 5, inputs=[INDICES], **options)


def test_scalar_and_empty_indices():
    check_layer("Embedding", 7, 5, inputs=[np.array(3)])
    check_layer("Embedding", 7, 5, inputs=[np.zeros((0, 2), np.int64)])


def test_padding_row_starts_at_zero():
    weight = nn.Embedding(4, 3, padding_idx=-2).weight.detach().numpy()
    assert (weight[2] == 0).all() and (weight[[0, 1, 3]] != 0).all()


def test_from_pretrained():
    table = gemmule.asarray(draw((4, 3)).astype(np.float32))
    layer = nn.Embedding.from_pretrained(table)
    assert not layer.weight.requires_grad and layer.weight.data_ptr() == table.data_ptr()
    assert nn.Embedding.from_pretrained(table, freeze=False).weight.requires_grad
    with pytest.raises(ValueError, match=r"a matrix is expected, got shape \(4,\)"):
        nn.Embedding.from_pretrained(table[:, 0])


def test_mistakes():
    with pytest.raises(ValueError, match="padding_idx 9 is out of range for 4 embeddings"):
        nn.Embedding(4, 3, padding_idx=9)
    with pytest.raises(ValueError, match=r"a weight of shape \(4, 3\) is expected, got \(3, 3\)"):
        nn.Embedding(4, 3, _weight=gemmule.ones(3, 3))
    with pytest.raises(IndexError, match="7"):
        nn.Embedding(7, 5)(gemmule.tensor([1, 7]))


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize(
    ("options", "inputs"),
    [
        (dict(), [INDICES]),
        (dict(padding_idx=2), [INDICES]),
        (dict(), [np.array([1, 2, 4, 5, 4, 3]), np.array([0, 2, 2, 5])]),
        (dict(include_last_offset=True), [np.array([1, 2, 4, 5, 4]), np.array([0, 3, 5])]),
        (dict(max_norm=1.0), [INDICES]),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else None,
)
def test_embedding_bag(options, inputs, mode):
    check_layer("EmbeddingBag", 7, 5, mode=mode, inputs=inputs, **options)


def test_weighted_bags():
    weights = draw(INDICES.shape, seed=3)
    check_layer("EmbeddingBag", 7, 5, mode="sum", inputs=[INDICES, None, weights])
    check_layer("EmbeddingBag", 7, 5, mode="sum", padding_idx=1, inputs=[INDICES, None, weights])


def test_bag_mistakes():
    with pytest.raises(ValueError, match="mode is 'sum', 'mean' or 'max', got 'min'"):
        nn.EmbeddingBag(3, 2, mode="min")
    bag, numbers = nn.EmbeddingBag(3, 2), gemmule.tensor([0, 1, 2])
    with pytest.raises(ValueError, match=r"or \(T,\) with offsets, is expected, got \(3,\)"):
        bag(numbers)
    with pytest.raises(ValueError, match="offsets must ascend from 0"):
        bag(numbers, gemmule.tensor([1, 2]))
    with pytest.raises(ValueError, match="offsets go with an input of one dimension"):
        bag(numbers.reshape(1, 3), gemmule.tensor([0]))
    with pytest.raises(ValueError, match="per_sample_weights go with mode 'sum', not 'mean'"):
        bag(numbers, gemmule.tensor([0]), gemmule.ones(3))
