import subprocess
import sys

import gemmule
import numpy as np
import pytest
from gemmule import nn, optim
from gemmule.data import DataLoader, TensorDataset
from gemmule.train import Callback, EarlyStopping, History, accuracy, evaluate, fit, predict


def blobs(count=200, seed=0):
    """Two classes, apart enough to be told from each other."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    points = rng.standard_normal((count, 2)) + 4 * labels[:, None]
    return TensorDataset(points.astype(np.float32), labels)


def classifier():
    gemmule.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 2))


def run(net, epochs=3, **options):
    optimizer = optim.Adam(net.parameters(), lr=0.02)
    options.setdefault("progress", False)
    return fit(net, blobs(), nn.CrossEntropyLoss(), optimizer, epochs, **options)


def test_fit_learns_and_keeps_a_history():
    net = classifier()
    history = run(net, 5, validation_data=blobs(seed=1), metrics=[accuracy])
    assert len(history) == 5 and history.seconds > 0
    assert set(history.epochs[0]) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert history["loss"][-1] < 0.3 * history["loss"][0] and history["val_accuracy"][-1] > 0.97
    assert "val_loss" in history and "other" not in history
    assert repr(history).startswith("History(5 epochs, last loss 0.")
    assert repr(History()) == "History(no epochs)"
    assert net.training


def test_evaluate_weights_batches_by_size_and_leaves_modes_alone():
    net = classifier()
    net[2].eval()  # a frozen part stays frozen
    data = blobs(101)
    whole = evaluate(net, data, nn.CrossEntropyLoss(), [accuracy], batch_size=1000)
    parts = evaluate(net, data, nn.CrossEntropyLoss(), [accuracy], batch_size=10)
    assert parts == pytest.approx(whole, rel=1e-5)
    assert net.training and not net[2].training
    assert list(evaluate(net, data, metrics=[accuracy])) == ["accuracy"]
    x, y = data.tensors
    net.eval()
    assert whole["accuracy"] == pytest.approx((net(x).argmax(1) == y).float().mean().item())


def test_predict():
    net, data = classifier(), blobs(33)
    net.eval()
    want = net(data.tensors[0]).detach().numpy()
    net.train()
    for given in (data.tensors[0], data, DataLoader(data, batch_size=7)):
        np.testing.assert_allclose(predict(net, given, batch_size=10).numpy(), want, atol=1e-6)
    assert net.training and not predict(net, data).requires_grad


def test_early_stopping_restores_the_best_weights():
    class Scripted(nn.Module):
        """Its weight is the epoch, its validation loss what the script says."""

        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(gemmule.zeros(1))

    model, stopping = Scripted(), EarlyStopping("val_loss", patience=2)
    stopping.on_train_begin(model)
    ends = []
    for epoch, loss in enumerate([3.0, 1.0, 2.0, 1.5, 0.5]):
        model.weight.data = gemmule.tensor([float(epoch)])
        ends.append(stopping.on_epoch_end(model, epoch, {"val_loss": loss}))
        if ends[-1]:
            break
    stopping.on_train_end(model)
    assert ends == [False, False, False, True]
    assert stopping.best == 1.0 and stopping.best_epoch == 1 and model.weight.item() == 1


def test_early_stopping_takes_any_number_for_better_than_nan():
    model, stopping = nn.Linear(1, 1), EarlyStopping("val_loss", patience=3)
    stopping.on_train_begin(model)
    for epoch, loss in enumerate([float("nan"), 2.0, float("nan")]):
        assert not stopping.on_epoch_end(model, epoch, {"val_loss": loss})
    assert stopping.best == 2.0 and stopping.best_epoch == 1


def test_early_stopping_ends_fit():
    stopping = EarlyStopping("val_accuracy", patience=2, min_delta=0.5)
    assert stopping.mode == "max"
    history = run(
        classifier(), 50, validation_data=blobs(seed=1), metrics=[accuracy], callbacks=[stopping]
    )
    assert len(history) == stopping.best_epoch + 3
    with pytest.raises(KeyError, match=r"no result 'val_loss' among \['loss'\]"):
        run(classifier(), callbacks=[EarlyStopping()])
    with pytest.raises(ValueError, match="mode is 'min' or 'max', got 'up'"):
        EarlyStopping(mode="up")


def test_callbacks_are_called_in_order():
    calls = []

    class Note(Callback):
        def on_train_begin(self, model):
            calls.append("begin")

        def on_epoch_end(self, model, epoch, results):
            calls.append((epoch, sorted(results)))

        def on_train_end(self, model):
            calls.append("end")

    run(classifier(), 2, callbacks=[Note(), Callback()])
    assert calls == ["begin", (0, ["loss"]), (1, ["loss"]), "end"]


def test_schedules_step_once_an_epoch():
    net = classifier()
    optimizer = optim.SGD(net.parameters(), lr=1.0)
    scheduler = optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.1)
    fit(net, blobs(), nn.CrossEntropyLoss(), optimizer, 2, scheduler=scheduler, progress=False)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.01)
    plateau = optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, threshold=1e9)
    fit(net, blobs(), nn.CrossEntropyLoss(), optimizer, 3, scheduler=plateau, progress=False)
    assert optimizer.param_groups[0]["lr"] < 0.01


def test_several_inputs():
    class Sum(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(gemmule.ones(1))

        def forward(self, a, b):
            return (a + b) * self.scale

    net, data = Sum(), TensorDataset(gemmule.ones(6, 1), gemmule.ones(6, 1), gemmule.ones(6, 1) * 4)
    history = fit(net, data, nn.MSELoss(), optim.SGD(net.parameters(), lr=0.05), 20, progress=False)
    assert history["loss"][-1] < 1e-2 and net.scale.item() == pytest.approx(2, abs=0.05)


def test_mistakes():
    net, loss = classifier(), nn.CrossEntropyLoss()
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with pytest.raises(TypeError, match="fit: data is a DataLoader or a Dataset, not int"):
        fit(net, 3, loss, optimizer, progress=False)
    with pytest.raises(ValueError, match=r"a batch is \(inputs, targets\), got Tensor"):
        fit(net, [gemmule.ones(2, 2)], loss, optimizer, progress=False)
    with pytest.raises(ValueError, match="fit: the data gave no batch"):
        fit(net, [], loss, optimizer, progress=False)
    with pytest.raises(ValueError, match="evaluate: the data gave no batch"):
        evaluate(net, [], loss)
    with pytest.raises(ValueError, match="predict: the data gave no batch"):
        predict(net, [])


def test_bar_shows_loss_and_metrics(capsys):
    pytest.importorskip("tqdm", reason="needs tqdm: pip install 'gemmule[demo]'")
    run(classifier(), 1, metrics=[accuracy], validation_data=blobs(seed=1), progress=True)
    text = capsys.readouterr().err
    assert "epoch 1/1" in text and "7/7" in text
    assert "loss 0." in text and "val_accuracy" in text


def test_without_tqdm_there_is_a_line_an_epoch():
    code = (
        "import sys; sys.modules['tqdm'] = None; sys.modules['tqdm.auto'] = None\n"
        "import gemmule; from gemmule import nn, optim\n"
        "net = nn.Linear(2, 1)\n"
        "data = gemmule.data.TensorDataset(gemmule.ones(4, 2), gemmule.ones(4, 1))\n"
        "gemmule.train.fit(net, data, nn.MSELoss(), optim.SGD(net.parameters(), lr=0.1), 2)\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.startswith("epoch 1/2: loss ") and "\nepoch 2/2: loss " in out.stdout


@pytest.mark.parametrize(
    ("outputs", "targets", "message"),
    [
        ((4, 1), (4,), r"^accuracy: one output per row; compare \(outputs > 0\) with targets"),
        ((4,), (4,), r"^accuracy: one output per row; .* shape \(4,\)"),
        ((4, 2), (4, 1), r"^accuracy: .* need targets of shape \(4,\), .* got \(4, 1\)"),
        ((4, 2), (4, 2), r"^accuracy: .* need targets of shape \(4,\), .* got \(4, 2\)"),
        ((4, 2, 3), (4,), r"^accuracy: .* need targets of shape \(4, 3\)"),
    ],
)
def test_accuracy_refuses_shapes_it_would_be_wrong_for(outputs, targets, message):
    with pytest.raises(ValueError, match=message):
        accuracy(gemmule.ones(outputs), gemmule.zeros(targets, dtype="int64"))


def test_accuracy_of_positions():
    outputs = gemmule.tensor([[[1.0, 0.0], [0.0, 1.0]]])  # (N, C, ...): classes 0 and 1
    assert accuracy(outputs, gemmule.tensor([[0, 1]])) == 1.0
    assert accuracy(outputs, gemmule.tensor([[0, 0]])) == 0.5


def test_fit_says_what_to_give_instead():
    net, data = classifier(), blobs(8)
    loss, optimizer = nn.CrossEntropyLoss(), optim.SGD(net.parameters(), lr=0.1)
    for given, message in [
        ((net, data, "mse", optimizer), "^fit: loss is a function .*, got 'mse'"),
        ((net, data, loss, "adam"), "^fit: optimizer is one of gemmule.optim .*, got 'adam'"),
        ((net, data, loss, optim.Adam), r"^fit: optimizer .* optim.Adam\(model.parameters\(\)\)"),
        ((net, data.tensors, loss, optimizer), r"^fit: .*; wrap them: TensorDataset\(X, Y\)"),
    ]:
        with pytest.raises(TypeError, match=message):
            fit(*given, progress=False)
    with pytest.raises(TypeError, match=r"^evaluate: loss is a function"):
        evaluate(net, data, "mse")
    with pytest.raises(TypeError, match=r"^evaluate: .*; wrap them"):
        evaluate(net, [np.ones((8, 2)), np.ones(8)], loss)
