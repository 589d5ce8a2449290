"""The inference models of networks.py as ONNX graphs, for onnxruntime with its own optimiser."""

import numpy as np
from peers import peer


class Graph:
    """Nodes one after the other; weights become initialisers.

    Args:
        state: the model's state_dict, of ndarrays.
    """

    def __init__(self, state):
        self.state = state
        self.nodes, self.weights = [], {}
        self.make = peer("onnx").helper

    def weight(self, name, value):
        self.weights[name] = np.ascontiguousarray(value)
        return name

    def add(self, op, *inputs, **attributes):
        """A node on named values; the name of its result."""
        result = f"v{len(self.nodes)}"
        self.nodes.append(self.make.make_node(op, list(inputs), [result], **attributes))
        return result

    def linear(self, x, name):
        weight = self.weight(f"{name}.weight", self.state[f"{name}.weight"].T)
        bias = self.weight(f"{name}.bias", self.state[f"{name}.bias"])
        return self.add("Add", self.add("MatMul", x, weight), bias)

    def layer_norm(self, x, name):
        scale, bias = (
            self.weight(f"{name}.{part}", self.state[f"{name}.{part}"])
            for part in ("weight", "bias")
        )
        return self.add("LayerNormalization", x, scale, bias, axis=-1, epsilon=1e-5)

    def conv_norm(self, x, conv, norm, stride, padding):
        weight = self.weight(f"{conv}.weight", self.state[f"{conv}.weight"])
        y = self.add("Conv", x, weight, strides=[stride] * 2, pads=[padding] * 4)
        parts = [
            self.weight(f"{norm}.{part}", self.state[f"{norm}.{part}"])
            for part in ("weight", "bias", "running_mean", "running_var")
        ]
        return self.add("BatchNormalization", y, *parts, epsilon=1e-5)

    def model(self, x, result):
        """The model from input "x", like the ndarray x, to `result`."""
        onnx, make = peer("onnx"), self.make
        graph = make.make_graph(
            self.nodes,
            "model",
            [make.make_tensor_value_info("x", make.np_dtype_to_tensor_dtype(x.dtype), x.shape)],
            [make.make_empty_tensor_value_info(result)],
            [onnx.numpy_helper.from_array(value, name) for name, value in self.weights.items()],
        )
        return make.make_model(graph, opset_imports=[make.make_opsetid("", 20)], ir_version=10)


def resnet50_graph(state, x):
    """networks.resnet50: stages of 3, 4, 6 and 3 bottlenecks."""
    g = Graph(state)
    y = g.add("Relu", g.conv_norm("x", "0", "1", 2, 3))
    y = g.add("MaxPool", y, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    at = 4  # of the first block in the model's Sequential
    for stage, count in enumerate((3, 4, 6, 3)):
        for i in range(count):
            stride = 2 if stage and not i else 1
            z = y
            for k, (step, padding) in enumerate(((1, 0), (stride, 1), (1, 0))):
                z = g.conv_norm(z, f"{at}.convs.{k}", f"{at}.norms.{k}", step, padding)
                z = g.add("Relu", z) if k < 2 else z
            short = y if i else g.conv_norm(y, f"{at}.short.0", f"{at}.short.1", stride, 0)
            y = g.add("Relu", g.add("Add", z, short))
            at += 1
    y = g.add("Flatten", g.add("GlobalAveragePool", y))
    return g.model(x, g.linear(y, str(at + 2)))


def encoder_graph(state, x, layers, width, count):
    """networks.encoder, in the operations that exporters write and the optimiser knows to fuse."""
    g = Graph(state)
    length, size = x.shape[1], width // count
    token = g.add("Gather", g.weight("token", state["token.weight"]), "x")
    y = g.layer_norm(g.add("Add", token, g.weight("place", state["place.weight"][:length])), "norm")
    cut = g.weight("cut", np.array([0, 0, count, size], dtype=np.int64))
    join = g.weight("join", np.array([0, 0, width], dtype=np.int64))
    scale = g.weight("scale", np.array(np.sqrt(size), dtype=np.float32))
    for i in range(layers):
        name = f"layers.{i}"
        q, k, v = (
            g.add(
                "Transpose",
                g.add("Reshape", g.linear(y, f"{name}.{part}"), cut),
                perm=[0, 2, 3, 1] if part == "k" else [0, 2, 1, 3],
            )
            for part in "qkv"
        )
        scores = g.add("Softmax", g.add("Div", g.add("MatMul", q, k), scale), axis=-1)
        heads = g.add("Transpose", g.add("MatMul", scores, v), perm=[0, 2, 1, 3])
        attended = g.linear(g.add("Reshape", heads, join), f"{name}.out")
        y = g.layer_norm(g.add("Add", attended, y), f"{name}.norm1")
        up = g.add("Gelu", g.linear(y, f"{name}.up"))
        y = g.layer_norm(g.add("Add", g.linear(up, f"{name}.down"), y), f"{name}.norm2")
    return g.model(x, y)
