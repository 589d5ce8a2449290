"""The models, each written once over the names that ``gemmule.nn`` and ``torch.nn`` share: `lib` is
gemmule or torch."""


def mlp(lib):
    nn = lib.nn
    return nn.Sequential(
        nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
    )


def cifar_cnn(lib):
    nn = lib.nn
    return nn.Sequential(
        *(nn.Conv2d(3, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(64, 64, 3), nn.ReLU(), nn.Flatten()),
        *(nn.Linear(1024, 64), nn.ReLU(), nn.Linear(64, 10)),
    )


def lstm(lib):
    nn = lib.nn

    class Recurrent(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.LSTM(10, 64, num_layers=3, batch_first=True)
            self.head = nn.Linear(64, 10)

        def forward(self, x):
            return self.head(self.layers(x)[0][:, -1])

    return Recurrent()


class Attention:
    """The attention that GPT and the encoder share: projections of one width, cut into heads."""

    def heads(self, lib, q, k, v, causal=False):
        n, length, width = q.shape
        shape = (n, length, self.count, width // self.count)
        q, k, v = (x.reshape(shape).transpose(1, 2) for x in (q, k, v))
        y = lib.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal)
        return y.transpose(1, 2).reshape(n, length, width)


def gpt(lib, layers=6, width=384, count=6, context=256, tokens=65):
    """Decoder-only transformer with norms first (Radford and others, 2019)."""
    nn = lib.nn

    class Block(nn.Module, Attention):
        def __init__(self):
            super().__init__()
            self.count = count
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x):
            q, k, v = self.qkv(self.norm1(x)).split(width, -1)
            x = x + self.out(self.heads(lib, q, k, v, causal=True))
            return x + self.down(nn.functional.gelu(self.up(self.norm2(x))))

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            self.token, self.place = nn.Embedding(tokens, width), nn.Embedding(context, width)
            self.blocks = nn.Sequential(*(Block() for _ in range(layers)))
            self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, tokens)

        def forward(self, x):
            h = self.token(x) + self.place(lib.arange(x.shape[1]))
            return self.head(self.norm(self.blocks(h))).flatten(0, 1)

    return GPT()


def resnet(lib, bottleneck, counts, classes, small):
    """Residual network (He and others, 2015); `small`: a 3×3 stem without pooling, for CIFAR."""
    nn = lib.nn
    grows = 4 if bottleneck else 1

    class Block(nn.Module):
        def __init__(self, inputs, width, stride):
            super().__init__()
            # (in, out, size, stride) of its convolutions
            shapes = [(inputs, width, 3, stride), (width, width, 3, 1)]
            if bottleneck:
                shapes = [
                    (inputs, width, 1, 1),
                    (width, width, 3, stride),
                    (width, 4 * width, 1, 1),
                ]
            self.convs = nn.ModuleList(
                nn.Conv2d(i, o, size, stride=step, padding=size // 2, bias=False)
                for i, o, size, step in shapes
            )
            self.norms = nn.ModuleList(nn.BatchNorm2d(o) for _, o, _, _ in shapes)
            self.short = nn.Sequential()
            if stride > 1 or inputs != width * grows:
                self.short = nn.Sequential(
                    nn.Conv2d(inputs, width * grows, 1, stride=stride, bias=False),
                    nn.BatchNorm2d(width * grows),
                )

        def forward(self, x):
            y = x
            for i, (conv, norm) in enumerate(zip(self.convs, self.norms, strict=True)):
                y = norm(conv(y))
                if i + 1 < len(self.convs):
                    y = nn.functional.relu(y)
            return nn.functional.relu(y + self.short(x))

    stem = [nn.Conv2d(3, 64, 3 if small else 7, stride=1 if small else 2, padding=1 if small else 3,
                      bias=False), nn.BatchNorm2d(64), nn.ReLU()]  # fmt: skip
    if not small:
        stem.append(nn.MaxPool2d(3, 2, 1))
    inputs, blocks = 64, []
    for stage, count in enumerate(counts):
        width = 64 << stage
        for i in range(count):
            blocks.append(Block(inputs, width, 2 if stage and not i else 1))
            inputs = width * grows
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, classes))
    return nn.Sequential(*stem, *blocks, *head)


def resnet18(lib):
    return resnet(lib, False, (2, 2, 2, 2), 10, small=True)


def resnet50(lib):
    return resnet(lib, True, (3, 4, 6, 3), 1000, small=False)


def encoder(lib, layers, width, count, tokens=30522, context=512):
    """Encoder with norms last (Devlin and others, 2018), from tokens to their last vectors."""
    nn = lib.nn

    class Layer(nn.Module, Attention):
        def __init__(self):
            super().__init__()
            self.count = count
            for name in ("q", "k", "v", "out"):
                setattr(self, name, nn.Linear(width, width))
            self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)

        def forward(self, x):
            x = self.norm1(x + self.out(self.heads(lib, self.q(x), self.k(x), self.v(x))))
            return self.norm2(x + self.down(nn.functional.gelu(self.up(x))))

    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.token, self.place = nn.Embedding(tokens, width), nn.Embedding(context, width)
            self.norm = nn.LayerNorm(width)
            self.layers = nn.Sequential(*(Layer() for _ in range(layers)))

        def forward(self, x):
            return self.layers(self.norm(self.token(x) + self.place(lib.arange(x.shape[1]))))

    return Encoder()


def bert_base(lib):
    return encoder(lib, 12, 768, 12)


def small_encoder(lib):
    return encoder(lib, 6, 384, 12)
