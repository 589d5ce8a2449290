"""A PyTorch script runs with only its imports changed, and the names mean what they mean there."""

import subprocess
import sys

import gemmule
import gemmule.torch
import numpy as np
import pytest
from check import NO_CUDA, draw
from layers import close, flat, peer

# What a training script of PyTorch's tutorials does, on scikit-learn's digits; only these imports
# change. They are formatted in below.
SCRIPT = """
{imports}
from sklearn.datasets import load_digits

torch.manual_seed(0)
digits = load_digits()
images = torch.tensor(digits.images, dtype=torch.float32) / 16
labels = torch.tensor(digits.target)
order = torch.randperm(len(images))
train, test = order[:1400], order[1400:]
trainset = TensorDataset(images[train], labels[train])
testset = TensorDataset(images[test], labels[test])
trainloader = DataLoader(trainset, batch_size=16, shuffle=True, num_workers=0)
testloader = DataLoader(testset, batch_size=64, shuffle=False)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(8 * 8, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


net = Net()
net.to(device)
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=0.01, momentum=0.9)

for epoch in range(12):
    running_loss = 0.0
    for i, data in enumerate(trainloader, 0):
        inputs, labels = data[0].to(device), data[1].to(device)
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    print(f"[{{epoch + 1}}] loss: {{running_loss / len(trainloader):.3f}}")

torch.save(net.state_dict(), PATH)
net = Net()
net.load_state_dict(torch.load(PATH, weights_only=True))

correct = 0
total = 0
with torch.no_grad():
    for data in testloader:
        images, labels = data
        outputs = net(images)
        _, predicted = torch.max(outputs, 1)
        total += labels.size(0)
        correct += (predicted == labels).sum().item()
accuracy = correct / total
"""

OURS = """
import gemmule.torch as torch
import gemmule.torch.nn as nn
import gemmule.torch.nn.functional as F
import gemmule.torch.optim as optim
from gemmule.torch.utils.data import DataLoader, TensorDataset
"""


@pytest.mark.parametrize("library", ["gemmule.torch", "torch"])
def test_script(library, tmp_path, capsys):
    pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'gemmule[demo]'")
    if library == "torch":
        peer()
    elif gemmule.torch.cuda.is_available():
        pytest.skip("takes the GPU where there is one, which has no kernel for linear yet")
    imports = OURS.replace("gemmule.torch", library)
    names = {"PATH": str(tmp_path / "net.pt")}
    exec(compile(SCRIPT.format(imports=imports), "script", "exec"), names)
    assert names["accuracy"] > 0.95
    losses = [float(line.split()[-1]) for line in capsys.readouterr().out.splitlines()]
    assert len(losses) == 12 and losses[-1] < 0.1 * losses[0]


X, Y, V = draw((3, 4)), draw((3, 4), seed=1), draw((5,), seed=2)
POSITIVE = np.abs(X) + 0.1
UNBOUNDED = np.array([1.0, np.nan, np.inf, -np.inf, -2.0])
CALLS = [
    *((name, (X, *args)) for name in ("sum", "mean", "prod", "std", "var") for args in [(), (1,)]),
    *(
        (name, (X, *args))
        for name in ("max", "min", "argmax", "argmin")
        for args in [(), (0,), (1, True)]
    ),
    ("max", (X, Y)),
    ("minimum", (X, Y)),
    ("any", (X > 0, 1)),
    ("all", (X > -9,)),
    ("count_nonzero", (X > 0, 1)),
    ("cumsum", (X, 1)),
    ("logsumexp", (X, 1)),
    ("softmax", (X, 1)),
    ("log_softmax", (X, 0)),
    ("sort", (X, 1)),
    ("argsort", (X, 1)),
    ("topk", (X, 2)),
    ("flatten", (X,)),
    ("squeeze", (X[None], 0)),
    ("unsqueeze", (X, 1)),
    ("transpose", (X, 0, 1)),
    ("permute", (X, (1, 0))),
    ("reshape", (X, (2, 6))),
    ("flip", (X, (0, 1))),
    ("roll", (X, 1, 0)),
    ("tile", (X, (2, 1))),
    ("cat", ((X, Y), 1)),
    ("concat", ((X, Y), 1)),
    ("stack", ((X, Y), 1)),
    ("split", (X, 2, 1)),
    ("chunk", (X, 2, 1)),
    ("where", (X > 0, X, Y)),
    ("where", (X > 0,)),
    ("nonzero", (X > 0,)),
    ("clamp", (X, -0.5, 0.5)),
    ("add", (X, Y)),
    ("sub", (X, Y)),
    ("mul", (X, Y)),
    ("div", (X, Y)),
    ("pow", (POSITIVE, 2.5)),
    ("exp", (X,)),
    ("log", (POSITIVE,)),
    ("sqrt", (POSITIVE,)),
    ("sigmoid", (X,)),
    ("tanh", (X,)),
    ("relu", (X,)),
    ("abs", (X,)),
    ("round", (X,)),
    ("eq", (X, X)),
    ("lt", (X, Y)),
    ("matmul", (X, Y.T)),
    ("mm", (X, Y.T)),
    ("bmm", (X[None], Y.T[None])),
    ("einsum", ("ij,kj->ik", X, Y)),
    ("outer", (V, V)),
    ("norm", (X,)),
    ("tril", (X,)),
    ("triu", (X, 1)),
    ("gather", (X, 1, np.array([[0, 1], [2, 3], [1, 1]]))),
    ("index_select", (X, 1, np.array([2, 0]))),
    ("masked_select", (X, X > 0)),
    ("repeat_interleave", (X, 2, 0)),
    ("linspace", (0, 1, 5)),
    ("arange", (2, 11, 3)),
    ("zeros", (2, 3)),
    ("ones", ((2, 3),)),
    ("full", ((2, 2), 1.5)),
    ("eye", (3,)),
    ("isnan", (X,)),
    ("trace", (X,)),
    ("trace", (np.arange(12).reshape(3, 4),)),
    ("nan_to_num", (UNBOUNDED,)),
    ("nan_to_num", (UNBOUNDED.astype(np.float32), 1.0, 2.0, -3.0)),
    ("nan_to_num", (np.arange(3),)),
]


@pytest.mark.parametrize(("name", "args"), CALLS, ids=lambda v: v if isinstance(v, str) else "")
def test_functions_mean_what_they_mean_in_pytorch(name, args):
    torch = peer()

    def convert(value, make):
        if isinstance(value, np.ndarray):
            return make(value)
        if isinstance(value, tuple) and value and isinstance(value[0], np.ndarray):
            return tuple(make(part) for part in value)
        return value

    got = getattr(gemmule.torch, name)(*(convert(a, gemmule.torch.tensor) for a in args))
    want = getattr(torch, name)(*(convert(a, torch.tensor) for a in args))
    got, want = flat(got), flat(want)
    assert len(got) == len(want)
    for g, w in zip(got, want, strict=True):
        close(g, w, name, bound=1e-12 if str(w.dtype) == "torch.float64" else 1e-6)


def test_nan_to_num_passes_the_gradient_of_finite_elements():
    x = gemmule.torch.tensor(UNBOUNDED).requires_grad_()
    x.nan_to_num().backward(gemmule.torch.ones_like(x))
    np.testing.assert_array_equal(x.grad.numpy(), np.isfinite(UNBOUNDED))
    x = gemmule.torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    x.trace().backward()
    assert x.grad.tolist() == [[1, 0], [0, 1]]
    with pytest.raises(ValueError, match=r"trace: expected a matrix for 'input', got shape \(2,\)"):
        x[0].trace()


def test_what_a_script_asks_first():
    torch = gemmule.torch
    assert torch.__version__ == gemmule.__version__
    x = torch.zeros(2, 3)
    assert x.nelement() == 6 and x.ndimension() == 2 and x.is_cuda is False
    with pytest.raises(RuntimeError, match=f"cuda: {NO_CUDA}"):
        x.cuda(255)
    assert not torch.backends.mps.is_available() and not torch.backends.cudnn.is_available()
    torch.backends.cudnn.deterministic = True
    assert not torch.backends.cuda.is_built() and not torch.backends.cuda.matmul.allow_tf32


def test_named_results():
    result = gemmule.torch.max(gemmule.torch.tensor([[1.0, 3.0]]), dim=1, keepdim=True)
    assert result.values.tolist() == [[3]] and result.indices.tolist() == [[1]]


def test_modules_are_importable():
    code = (
        "import gemmule.torch.nn.functional as F, gemmule.torch.nn.init, gemmule.torch.nn.utils\n"
        "from gemmule.torch import nn, Tensor, device\n"
        "from gemmule.torch.optim.lr_scheduler import StepLR\n"
        "from gemmule.torch.nn.parameter import Parameter\n"
        "from gemmule.torch.nn.utils.rnn import pad_sequence\n"
        "from gemmule.torch.utils.data import Dataset, random_split\n"
        "import gemmule.torch.autograd, gemmule.torch.cuda\n"
        "import gemmule.torch.backends.cudnn as cudnn; cudnn.benchmark = True\n"
        "assert nn.Parameter is Parameter and nn.functional.relu is F.relu\n"
        "import gemmule; assert nn.Linear is gemmule.nn.Linear\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_device():
    torch = gemmule.torch
    cpu = torch.device("cpu")
    assert repr(cpu) == "device(type='cpu')" and str(torch.device("cuda:1")) == "cuda:1"
    assert torch.device("cuda", 1) == torch.device("cuda:1") != cpu and cpu == "cpu"
    assert torch.device(torch.device("cuda:1")).index == 1 and len({cpu, torch.device("cpu")}) == 1
    assert torch.zeros(2, device=cpu).to(cpu).device == cpu
    assert torch.cuda.is_available() == (torch.cuda.device_count() > 0)
    with pytest.raises(RuntimeError, match=f"zeros: {NO_CUDA}"):
        torch.zeros(2, device=torch.device("cuda:255"))


def test_tensors_say_their_device(tmp_path):
    torch = gemmule.torch
    x = torch.zeros(2)
    assert x.device.type == "cpu" and x.device.index is None and x.device == torch.device("cpu")
    assert isinstance(x.device, torch.device) and torch.device("cuda:1").type == "cuda"
    assert type(x.device.type) is str and repr(torch.device(0)) == "device(type='cuda', index=0)"
    with pytest.raises(ValueError, match="device: 'cuda:0' has an index already, got 1 besides"):
        torch.device("cuda:0", 1)
    torch.save({"device": x.device}, tmp_path / "x.pt")
    with pytest.raises(TypeError, match="save: expected a path or file for 'f', got dict"):
        torch.save("x.pt", {"device": x.device})
    assert torch.load(tmp_path / "x.pt")["device"].type == "cpu"


LEGACY = [
    ("Tensor", ([1, 2],)),
    ("Tensor", ((2, 3),)),
    ("Tensor", ([[True, False]],)),
    ("Tensor", (np.arange(3),)),
    ("Tensor", ([],)),
    ("Tensor", ()),
    ("Tensor", (3,)),
    ("Tensor", (np.int64(3), 2)),
    ("FloatTensor", ([1.5, 2],)),
    ("DoubleTensor", ([0.1],)),
    ("LongTensor", ([2**53 + 1, 2],)),
    ("LongTensor", (2, 0)),
    ("IntTensor", (np.array([1.5]),)),
    ("BoolTensor", ([0, 2],)),
    ("ByteTensor", ([7],)),
]


@pytest.mark.parametrize(("name", "args"), LEGACY, ids=str)
def test_constructors_of_types(name, args):
    torch = peer()
    got, want = getattr(gemmule.torch, name)(*args), getattr(torch, name)(*args)
    assert got.shape == tuple(want.shape) and f"torch.{got.dtype.name}" == str(want.dtype)
    if not all(isinstance(arg, (int, np.integer)) for arg in args):  # else of any values in PyTorch
        assert got.tolist() == want.tolist()


def test_tensor_of_a_tensor_keeps_its_dtype():
    x = gemmule.torch.tensor([1, 2])
    assert gemmule.torch.Tensor(x).data_ptr() == x.data_ptr()
    assert gemmule.torch.Tensor(x).dtype is gemmule.int64
    for wrong in (1.5, None, "a"):
        with pytest.raises(TypeError, match=r"^Tensor: expected a Tensor for 'data', got "):
            gemmule.torch.Tensor(wrong)
    with pytest.raises(ValueError, match=r"negative size -1"):
        gemmule.torch.Tensor(2, -1)
    for data in ([1.0], True), (2, 2.5):
        with pytest.raises(TypeError, match="Tensor: expected what it holds, or sizes as ints"):
            gemmule.Tensor(*data)
    with pytest.raises(TypeError, match="Tensor: expected a Tensor for 'data', got bool True"):
        gemmule.Tensor(True)
    assert gemmule.torch.LongTensor(np.int64(2)).shape == (2,)


def test_compile_gives_what_it_is_given():
    torch = gemmule.torch
    net = torch.nn.Linear(2, 2)
    assert torch.compile(net, mode="max-autotune") is net

    @torch.compile(fullgraph=True)
    def double(x):
        return 2 * x

    assert double(torch.ones(2)).tolist() == [2, 2]


def test_modules_that_gemmule_has():
    torch = gemmule.torch
    assert torch.linalg.det(torch.eye(2)) == 1 and torch.fft.fftshift(torch.arange(2))[0] == 1
    with torch.amp.autocast("cpu", dtype=torch.bfloat16):
        assert torch.nn.Linear(2, 2)(torch.ones(1, 2)).dtype is torch.bfloat16
    with pytest.raises(ValueError, match="autocast: device_type must be 'cpu', got 'cuda'"):
        torch.amp.autocast("cuda")


def test_threads_and_grad_modes():
    torch = gemmule.torch
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    assert torch.get_num_threads() == 1
    torch.set_num_threads(before)
    with torch.inference_mode():
        assert not torch.is_grad_enabled()
    assert torch.is_tensor(torch.ones(1)) and not torch.is_tensor(1)


def test_save_and_load(tmp_path):
    torch = gemmule.torch
    net = torch.nn.Linear(2, 2)
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    saved = {
        "epoch": 3,
        "model": net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "dtype": torch.float64,
        "weight": net.weight,
    }
    torch.save(saved, tmp_path / "x.pt")
    loaded = torch.load(tmp_path / "x.pt", map_location="cpu")
    assert loaded["epoch"] == 3 and loaded["dtype"] is torch.float64
    assert loaded["model"]["bias"].tolist() == net.bias.tolist()
    assert isinstance(loaded["weight"], torch.nn.Parameter)
    optimizer.load_state_dict(loaded["optimizer"])
    with open(tmp_path / "y.pt", "wb") as file:
        torch.save([torch.ones(2)], file)
    with open(tmp_path / "y.pt", "rb") as file:
        assert torch.load(file)[0].tolist() == [1, 1]


def test_loading_weights_only_runs_no_code(tmp_path):
    torch = gemmule.torch
    torch.save({"net": torch.nn.Linear(2, 2)}, tmp_path / "x.pt")
    with pytest.raises(Exception, match=r"names gemmule.nn.linear.Linear, which is no data"):
        torch.load(tmp_path / "x.pt")
    assert isinstance(torch.load(tmp_path / "x.pt", weights_only=False)["net"], torch.nn.Linear)
