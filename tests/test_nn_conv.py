import gemmule
import pytest
from check import draw
from gemmule import nn
from layers import check_layer, compare, peer

CONV2D = [
    dict(kernel_size=3),
    dict(kernel_size=(3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2)),
    dict(kernel_size=3, padding="same", dilation=2),
    dict(kernel_size=(4, 3), padding="same"),
    dict(kernel_size=2, padding="valid"),
    dict(kernel_size=3, groups=2, bias=False),
    dict(kernel_size=3, groups=4, padding=1),
    *(
        dict(kernel_size=3, padding=(1, 2), padding_mode=m)
        for m in ("reflect", "replicate", "circular")
    ),
    dict(kernel_size=4, padding="same", padding_mode="circular"),
    dict(kernel_size=3, padding="valid", padding_mode="reflect"),
]
CONV1D = [
    dict(kernel_size=3),
    dict(kernel_size=4, stride=2, padding=3, dilation=2, groups=2),
    dict(kernel_size=4, padding="same", bias=False),
    dict(kernel_size=3, padding=2, padding_mode="replicate"),
]
TRANSPOSED = [
    dict(kernel_size=3),
    dict(kernel_size=3, stride=2, padding=1, output_padding=1),
    dict(kernel_size=4, stride=3, dilation=2, groups=2, bias=False),
]


@pytest.mark.parametrize("options", CONV2D, ids=str)
def test_conv2d(options):
    check_layer("Conv2d", 4, 8, inputs=[draw((2, 4, 8, 7))], **options)


def test_conv2d_without_batch():
    check_layer("Conv2d", 4, 6, 3, padding=1, padding_mode="reflect", inputs=[draw((4, 8, 7))])


@pytest.mark.parametrize("options", CONV1D, ids=str)
def test_conv1d(options):
    check_layer("Conv1d", 4, 6, inputs=[draw((2, 4, 11))], **options)


@pytest.mark.parametrize("options", TRANSPOSED, ids=str)
def test_conv_transpose(options):
    check_layer("ConvTranspose2d", 4, 6, inputs=[draw((2, 4, 5, 6))], **options)
    check_layer("ConvTranspose1d", 4, 6, inputs=[draw((2, 4, 7))], **options)


def test_output_size():
    torch = peer()
    ours = nn.ConvTranspose2d(2, 3, 3, stride=(2, 3)).double()
    theirs = torch.nn.ConvTranspose2d(2, 3, 3, stride=(2, 3)).double()
    ours.load_state_dict(theirs.state_dict())
    x = draw((2, 2, 4, 4))
    compare(ours, theirs, [x, (10, 14)])
    compare(ours, theirs, [x, (2, 3, 9, 13)])
    with pytest.raises(ValueError, match=r"valid sizes range from \[9, 12\] to \[10, 14\]"):
        ours(gemmule.tensor(x), output_size=(11, 12))
    with pytest.raises(ValueError, match="output_size must have 2 or 4 sizes"):
        ours(gemmule.tensor(x), output_size=(11,))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(groups=3), "in_channels 4 must be divisible by groups 3"),
        (dict(groups=0), "groups must be positive, got 0"),
        (dict(padding_mode="wrap"), "padding_mode must be one of"),
        (dict(padding="full"), "padding 'full' is not 'same' or 'valid'"),
        (dict(padding="same", stride=2), r"padding 'same' needs stride 1, got \(2, 2\)"),
    ],
)
def test_mistakes(options, message):
    with pytest.raises(ValueError, match=f"Conv2d: {message}"):
        nn.Conv2d(4, 6, 3, **options)


def test_transposed_mistakes():
    with pytest.raises(ValueError, match="only padding_mode 'zeros'"):
        nn.ConvTranspose2d(4, 6, 3, padding_mode="reflect")
    with pytest.raises(ValueError, match="padding 'same' is not"):
        nn.ConvTranspose1d(4, 6, 3, padding="same")
