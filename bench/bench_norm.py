"""Normalisation: layers of transformers, channels of images, forward and with all gradients."""

import gemmule
import gemmule.nn.functional as F
import numpy as np
from peers import Row, main, peer, wanted, with_jax, with_onnx

# name → (function, input's shape, what it is normalised by, size of weight and bias)
SHAPES = {
    "layer_norm 4096x1024": ("layer_norm", (4096, 1024), ((1024,),), 1024),
    "rms_norm 4096x1024": ("rms_norm", (4096, 1024), ((1024,),), 1024),
    "batch_norm 8x64x56x56": ("batch_norm", (8, 64, 56, 56), (), 64),
    "layer_norm 4x256x384": ("layer_norm", (4, 256, 384), ((384,),), 384),
    "layer_norm 8x128x768": ("layer_norm", (8, 128, 768), ((768,),), 768),
    "layer_norm 32x512x64": ("layer_norm", (32, 512, 64), ((64,),), 64),
    "rms_norm 8x128x768": ("rms_norm", (8, 128, 768), ((768,),), 768),
    "group_norm 8x64x56x56, 32 groups": ("group_norm", (8, 64, 56, 56), (32,), 64),
    "instance_norm 8x64x56x56": ("instance_norm", (8, 64, 56, 56), (), 64),
    "batch_norm 32x64x56x56": ("batch_norm", (32, 64, 56, 56), (), 64),
    "batch_norm 32x256x14x14": ("batch_norm", (32, 256, 14, 14), (), 256),
    "batch_norm 128x1024": ("batch_norm", (128, 1024), (), 1024),
}


def call(functional, name, options):
    """The function on (input, weight, bias), with the statistics of a training step."""
    function = getattr(functional, name)
    if name == "batch_norm":
        return lambda x, w, b: function(x, None, None, w, b, True)
    if name == "instance_norm":
        return lambda x, w, b: function(x, None, None, w, b)
    if name == "rms_norm":
        return lambda x, w, b: function(x, *options, w)
    return lambda x, w, b: function(x, *options, w, b)


def jaxs(name):
    """JAX's function of (x, w, b); None where nobody would write it by hand."""

    def layer_norm(jax, x, w, b):
        mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        return (x - mean) * jax.lax.rsqrt(var + 1e-5) * w + b

    def rms_norm(jax, x, w, b):
        eps = jax.numpy.finfo("f4").eps
        return x * jax.lax.rsqrt(jax.numpy.square(x).mean(-1, keepdims=True) + eps) * w

    def batch_norm(jax, x, w, b):
        axes = (0, *range(2, x.ndim))
        mean, var = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
        w, b = (v.reshape((-1,) + (1,) * (x.ndim - 2)) for v in (w, b))
        return (x - mean) * jax.lax.rsqrt(var + 1e-5) * w + b

    return {"layer_norm": layer_norm, "rms_norm": rms_norm, "batch_norm": batch_norm}.get(name)


def engine(make, function, backward, arrays, grad):
    """(forward alone, forward and backward) of one engine."""
    plain = [make(array) for array in arrays]
    leaves = [make(array).requires_grad_() for array in arrays]
    g = make(grad)

    def both():
        for leaf in leaves:
            leaf.grad = None
        backward([function(*leaves)], [g])
        return leaves[0].grad

    return lambda: function(*plain), both


def rows():
    torch = peer("torch")
    rng = np.random.default_rng(0)
    for label, (name, shape, options, size) in SHAPES.items():
        if not wanted(label) and not wanted(f"{label} forward+backward"):
            continue
        x, grad = (rng.standard_normal(shape, dtype=np.float32) for _ in range(2))
        arrays = (x, *(rng.random(size, dtype=np.float32) + 0.5 for _ in range(2)))
        forward = Row(label, bytes=2 * x.nbytes)
        both = Row(f"{label} forward+backward", bytes=5 * x.nbytes)
        engines = {"gemmule": (gemmule.asarray, F, gemmule.autograd.backward)}
        if torch is not None:
            engines["torch"] = (torch.from_numpy, torch.nn.functional, torch.autograd.backward)
        for library, (make, functional, backward) in engines.items():
            runs = engine(make, call(functional, name, options), backward, arrays, grad)
            forward.engines[library], both.engines[library] = runs
        if jaxs(name):
            forward.engines |= with_jax(jaxs(name), *arrays)
            both.engines |= with_jax(jaxs(name), *arrays, backward=grad)
        if name == "layer_norm":
            forward.engines |= with_onnx("LayerNormalization", arrays, axis=-1, epsilon=1e-5)
        if name == "rms_norm":
            eps = float(np.finfo("f4").eps)
            forward.engines |= with_onnx(
                "RMSNormalization", arrays[:2], opset=23, axis=-1, epsilon=eps
            )
        yield from (forward, both)


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
