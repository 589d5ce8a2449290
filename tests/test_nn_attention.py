import gemmule
import numpy as np
import pytest
from check import draw
from gemmule import nn
from layers import check_layer, compare, equip, peer

L, S, N, E = 4, 6, 2, 8
CAUSAL = np.triu(np.ones((L, L), bool), 1)


def both(*args, **kwargs):
    """The layer in both libraries with the same weights."""
    torch = peer()
    ours = nn.MultiheadAttention(*args, **kwargs).double()
    theirs = torch.nn.MultiheadAttention(*args, **kwargs).double()
    equip(ours, theirs)
    return ours, theirs


def calls(module, **options):
    """A module that calls another with options."""
    torch = peer()
    base = torch.nn.Module if isinstance(module, torch.nn.Module) else nn.Module
    make = torch.tensor if base is torch.nn.Module else gemmule.tensor
    options = {k: make(v) if isinstance(v, np.ndarray) else v for k, v in options.items()}

    class Call(base):
        def __init__(self):
            super().__init__()
            self.inner = module

        def forward(self, *inputs):
            return self.inner(*inputs, **options)

    return Call()


def check(layer, inputs, **options):
    ours, theirs = layer
    compare(calls(ours, **options), calls(theirs, **options), inputs)


@pytest.mark.parametrize("options", [dict(), dict(bias=False), dict(batch_first=True)], ids=str)
@pytest.mark.parametrize("weights", [True, False])
def test_self_attention(options, weights):
    x = draw((L, N, E))
    ours, theirs = both(E, 2, **options)

    def once(inner, base):
        class Once(base):
            def __init__(self):
                super().__init__()
                self.inner = inner

            def forward(self, x):
                return self.inner(x, x, x, need_weights=weights)

        return Once()

    compare(once(ours, nn.Module), once(theirs, peer().nn.Module), [x])


@pytest.mark.parametrize(
    "options",
    [
        dict(),
        dict(kdim=5, vdim=7),
        dict(add_bias_kv=True),
        dict(add_zero_attn=True),
        dict(add_bias_kv=True, add_zero_attn=True, bias=False),
    ],
    ids=str,
)
@pytest.mark.parametrize("weights", [True, False])
def test_other_keys_and_values(options, weights):
    k, v = options.get("kdim", E), options.get("vdim", E)
    inputs = [draw((L, N, E)), draw((S, N, k), seed=1), draw((S, N, v), seed=2)]
    check(both(E, 2, **options), inputs, need_weights=weights)
    check(both(E, 2, **options), inputs, need_weights=weights, average_attn_weights=False)
    padding = np.array([[False] * S, [False] * 3 + [True] * 3])
    mask = draw((L, S), seed=3)
    check(both(E, 2, **options), inputs, need_weights=weights, attn_mask=mask > 1)
    check(both(E, 2, **options), inputs, need_weights=weights, key_padding_mask=padding)


def test_keys_that_are_values():
    torch = peer()

    def shared(inner, base):
        class Shared(base):
            def __init__(self):
                super().__init__()
                self.inner = inner

            def forward(self, query, memory):
                return self.inner(query, memory, memory, need_weights=False)

        return Shared()

    ours, theirs = both(E, 2)
    inputs = [draw((L, N, E)), draw((S, N, E), seed=1)]
    compare(shared(ours, nn.Module), shared(theirs, torch.nn.Module), inputs)


@pytest.mark.parametrize("weights", [True, False])
@pytest.mark.parametrize("batch_first", [True, False])
def test_without_batch(batch_first, weights):
    layer = both(E, 4, batch_first=batch_first)
    inputs = [draw((L, E)), draw((S, E), seed=1), draw((S, E), seed=2)]
    check(layer, inputs, need_weights=weights)
    padding = np.array([False] * 4 + [True] * 2)
    layer = both(E, 4, batch_first=batch_first)
    check(layer, inputs, need_weights=weights, key_padding_mask=padding)


@pytest.mark.parametrize("weights", [True, False])
@pytest.mark.parametrize(
    "masks",
    [
        dict(attn_mask=CAUSAL),
        dict(attn_mask=np.where(CAUSAL, -np.inf, 0.0)),
        dict(attn_mask=CAUSAL, is_causal=True),
        dict(attn_mask=np.broadcast_to(CAUSAL, (N * 2, L, L)).copy()),
        dict(attn_mask=draw((N * 2, L, L))),
        dict(
            attn_mask=CAUSAL, key_padding_mask=np.array([[False] * L, [False, False, True, True]])
        ),
        dict(
            attn_mask=draw((L, L), seed=4),
            key_padding_mask=np.where(
                np.array([[False] * L, [False, True, True, True]]), -np.inf, 0.0
            ),
        ),
    ],
    ids=range(7),
)
def test_masks(masks, weights):
    inputs = [draw((L, N, E), seed=i) for i in range(3)]
    masks = {k: v for k, v in masks.items() if not (k == "is_causal" and weights)}
    if any(isinstance(v, np.ndarray) and v.dtype == np.float64 for v in masks.values()):
        masks = {
            k: v.astype(np.float64) if isinstance(v, np.ndarray) else v for k, v in masks.items()
        }
    check(both(E, 2), inputs, need_weights=weights, **masks)


def test_causal_without_a_mask():
    x = gemmule.randn(L, N, E)
    layer = nn.MultiheadAttention(E, 2)
    want = layer(x, x, x, attn_mask=gemmule.asarray(CAUSAL))
    for weights in (True, False):
        got = layer(x, x, x, is_causal=True, need_weights=weights)
        np.testing.assert_allclose(got[0].detach().numpy(), want[0].detach().numpy(), atol=1e-6)
    assert got[1] is None and want[1].shape == (N, L, L)


def test_form_and_initial_values():
    check_layer(
        "MultiheadAttention", E, 2, inputs=[draw((L, N, E), seed=i) for i in range(3)], bound=1e-9
    )
    layer = nn.MultiheadAttention(64, 4, add_bias_kv=True)
    values = layer.in_proj_weight.detach().numpy()
    bound = (6 / (64 + 192)) ** 0.5
    assert 0.98 * bound < np.abs(values).max() <= bound
    assert (layer.in_proj_bias.detach().numpy() == 0).all()
    assert (layer.out_proj.bias.detach().numpy() == 0).all()
    assert 0.1 < layer.bias_k.detach().numpy().std() < 0.3


def test_dropout_acts_in_training_only():
    layer, x = nn.MultiheadAttention(E, 2, dropout=0.5), gemmule.randn(L, N, E)
    for weights in (True, False):
        layer.train()
        a, b = (layer(x, x, x, need_weights=weights)[0].detach().numpy() for _ in range(2))
        assert not np.array_equal(a, b)
        layer.eval()
        a, b = (layer(x, x, x, need_weights=weights)[0].detach().numpy() for _ in range(2))
        assert np.array_equal(a, b)


def test_mistakes():
    with pytest.raises(ValueError, match="embed_dim 8 must be a positive multiple of num_heads 3"):
        nn.MultiheadAttention(8, 3)
    layer, x = nn.MultiheadAttention(E, 2), gemmule.ones(L, N, E)
    with pytest.raises(ValueError, match=r"attn_mask of shape \(4, 4\) or \(4, 4, 4\) is expected"):
        layer(x, x, x, attn_mask=gemmule.ones(3, 4))
    with pytest.raises(ValueError, match=r"key_padding_mask of shape \(2, 4\) is expected"):
        layer(x, x, x, key_padding_mask=gemmule.ones(4, 2))
    with pytest.raises(
        ValueError, match=r"query \(L, N, E\) or \(L, E\), .* got \(4, 2, 8\), \(8,\)"
    ):
        layer(x, x[0, 0], x[0, 0])
    with pytest.raises(
        ValueError, match=r"MultiheadAttention: query .* \(3, 2, 8\) and \(4, 2, 8\)"
    ):
        layer(x, x[:3], x)
