import gemmule
import numpy as np
import pytest
from check import draw
from gemmule import nn
from layers import compare, equip, peer, same_form

L, S, N, E = 4, 5, 2, 8
BASE = dict(d_model=E, nhead=2, dim_feedforward=12, dropout=0.0)
OPTIONS = [
    dict(),
    dict(activation="gelu", batch_first=True),
    dict(norm_first=True),
    dict(bias=False, layer_norm_eps=0.1),
]


def both(build):
    torch = peer()
    ours, theirs = build(nn), build(torch.nn)
    same_form(ours, theirs)
    ours, theirs = ours.double(), theirs.double()
    equip(ours, theirs)
    return ours, theirs


@pytest.mark.parametrize("train", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_encoder_layer(options, train):
    pair = both(lambda nn: nn.TransformerEncoderLayer(**BASE, **options))
    compare(*pair, [draw((L, N, E))], train=train)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_decoder_layer(options):
    pair = both(lambda nn: nn.TransformerDecoderLayer(**BASE, **options))
    length = (N, L, E), (N, S, E)
    if not options.get("batch_first"):
        length = (L, N, E), (S, N, E)
    compare(*pair, [draw(length[0]), draw(length[1], seed=1)])


def mask(*shape):
    return np.triu(np.full(shape, -np.inf), 1)


@pytest.mark.parametrize("form", ["none", "additive", "boolean", "other"])
def test_encoder(form):
    torch = peer()
    ours, theirs = both(
        lambda nn: nn.TransformerEncoder(
            nn.TransformerEncoderLayer(**BASE), 2, nn.LayerNorm(E), enable_nested_tensor=False
        )
    )
    masks = {
        "none": None,
        "additive": mask(L, L),
        "boolean": np.isinf(mask(L, L)),
        "other": draw((L, L), seed=3),
    }
    m, x = masks[form], draw((L, N, E))
    got = ours(gemmule.tensor(x), None if m is None else gemmule.tensor(m))
    want = theirs(torch.tensor(x), None if m is None else torch.tensor(m))
    np.testing.assert_allclose(got.detach().numpy(), want.detach().numpy(), rtol=1e-9, atol=1e-10)


def test_encoder_with_padding():
    torch = peer()
    ours, theirs = both(
        lambda nn: nn.TransformerEncoder(
            nn.TransformerEncoderLayer(**BASE, batch_first=True), 2, enable_nested_tensor=False
        )
    )
    x, padding = draw((N, L, E)), np.array([[False] * L, [False, False, True, True]])
    got = ours(gemmule.tensor(x), src_key_padding_mask=gemmule.tensor(padding))
    want = theirs(torch.tensor(x), src_key_padding_mask=torch.tensor(padding))
    np.testing.assert_allclose(got.detach().numpy(), want.detach().numpy(), rtol=1e-9, atol=1e-10)


def test_copies_of_the_layer_are_independent():
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(**BASE), 2)
    first, second = encoder.layers[0].linear1.weight, encoder.layers[1].linear1.weight
    assert first is not second and first.data_ptr() != second.data_ptr()
    assert first.tolist() == second.tolist()


def test_whole_transformer():
    torch = peer()
    options = dict(BASE, num_encoder_layers=1, num_decoder_layers=2)
    ours, theirs = both(lambda nn: nn.Transformer(**options))
    src, tgt = draw((S, N, E)), draw((L, N, E), seed=1)
    causal = nn.Transformer.generate_square_subsequent_mask(L)
    np.testing.assert_array_equal(
        causal.numpy(), torch.nn.Transformer.generate_square_subsequent_mask(L).numpy()
    )
    got = ours(gemmule.tensor(src), gemmule.tensor(tgt), tgt_mask=causal.double())
    want = theirs(torch.tensor(src), torch.tensor(tgt), tgt_mask=torch.tensor(mask(L, L)))
    np.testing.assert_allclose(got.detach().numpy(), want.detach().numpy(), rtol=1e-9, atol=1e-10)
    compare(ours, theirs, [src, tgt])


def test_dropout_acts_in_training_only():
    layer, x = nn.TransformerEncoderLayer(E, 2, 12), gemmule.randn(L, N, E)
    assert layer(x).tolist() != layer(x).tolist()
    layer.eval()
    assert layer(x).tolist() == layer(x).tolist()


def test_activation_modules_and_mistakes():
    layer = nn.TransformerEncoderLayer(E, 2, 12, activation=nn.Tanh())
    assert "(activation): Tanh()" in repr(layer)
    with pytest.raises(ValueError, match="activation must be 'relu' or 'gelu', got 'swish'"):
        nn.TransformerEncoderLayer(E, 2, activation="swish")
