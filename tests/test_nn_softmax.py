import gemmule
import numpy as np
import pytest
from check import draw
from gemmule import nn
from gemmule.nn import functional as F
from layers import check_layer, peer


@pytest.mark.parametrize("name", ["Softmax", "LogSoftmax", "Softmin"])
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_along_a_dimension(name, dim):
    check_layer(name, dim, inputs=[draw((3, 4, 5))])


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (3, 4, 5)], ids=str)
def test_softmax2d(shape):
    check_layer("Softmax2d", inputs=[draw(shape)])


def test_softmax2d_mistake():
    with pytest.raises(
        ValueError, match=r"Softmax2d: expected 3 or 4 dimensions, got shape \(2, 3\)"
    ):
        nn.Softmax2d()(gemmule.ones(2, 3))


def test_gumbel_softmax():
    gemmule.manual_seed(0)
    logits = gemmule.asarray(np.log([[0.1, 0.2, 0.7]]).astype(np.float32)).expand(20000, 3)
    soft = F.gumbel_softmax(logits, tau=0.5)
    np.testing.assert_allclose(soft.numpy().sum(1), 1, atol=1e-6)
    hard = F.gumbel_softmax(logits, hard=True).numpy()
    assert set(np.unique(hard.round(6))) == {0, 1}
    # The largest is drawn with softmax(logits)'s probabilities.
    np.testing.assert_allclose(hard.mean(0), [0.1, 0.2, 0.7], atol=0.012)


def test_hard_gumbel_softmax_has_the_soft_ones_gradient():
    logits = gemmule.tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    weights = gemmule.tensor([[1.0, -1.0, 2.0]])
    gemmule.manual_seed(1)
    (F.gumbel_softmax(logits, hard=True) * weights).sum().backward()
    hard = logits.grad.numpy().copy()
    logits.grad = None
    gemmule.manual_seed(1)
    (F.gumbel_softmax(logits) * weights).sum().backward()
    np.testing.assert_allclose(hard, logits.grad.numpy(), atol=1e-6)


@pytest.mark.parametrize("options", [dict(), dict(head_bias=True, div_value=2.0)], ids=str)
def test_adaptive(options):
    torch = peer()
    target = np.array([0, 3, 9, 1, 5, 4, 19])
    x = draw((7, 16))
    ours, theirs = check_layer(
        "AdaptiveLogSoftmaxWithLoss", 16, 20, [4, 9], inputs=[x, target], **options
    )
    want = theirs.log_prob(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(ours.log_prob(gemmule.tensor(x)).detach().numpy(), want, atol=1e-12)
    np.testing.assert_array_equal(
        ours.predict(gemmule.tensor(x)).numpy(), theirs.predict(torch.tensor(x)).numpy()
    )
    one = ours(gemmule.tensor(x[2]), gemmule.tensor(9))
    assert one.output.item() == pytest.approx(want[2, 9]) and one.loss.item() == -one.output.item()


def test_adaptive_mistakes():
    for cutoffs in ([], [3, 3], [5, 2], [0, 3], [20]):
        with pytest.raises(ValueError, match="cutoffs must be different ascending integers"):
            nn.AdaptiveLogSoftmaxWithLoss(8, 20, cutoffs)
    layer = nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5])
    with pytest.raises(IndexError, match=r"targets must lie in \[0, 20\), got 1 to 20"):
        layer(gemmule.ones(2, 8), gemmule.tensor([1, 20]))
    with pytest.raises(ValueError, match=r"got \(2, 8\) and \(3,\)"):
        layer(gemmule.ones(2, 8), gemmule.tensor([1, 2, 3]))
