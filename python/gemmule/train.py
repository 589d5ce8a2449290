"""A thin training loop: fit, evaluate, predict, and a few callbacks."""

import contextlib
import copy
import time

import numpy

from gemmule import concat
from gemmule.autograd import no_grad
from gemmule.data import DataLoader, Dataset
from gemmule.optim.lr_scheduler import ReduceLROnPlateau
from gemmule.tensor import Tensor

__all__ = ["Callback", "EarlyStopping", "History", "accuracy", "evaluate", "fit", "predict"]


def accuracy(outputs, targets):
    """The fraction of rows of `outputs` (N, C, ...) whose largest entry is at the target (N, ...).

    A metric: what `fit` and `evaluate` take is any function of outputs and targets that gives a
    mean over the batch, and its name is what it is reported under.

    Raises:
        ValueError: there is but one output per row, or the shapes do not belong together.
    """
    shape = tuple(outputs.shape)
    if len(shape) < 2 or shape[1] == 1:
        raise ValueError(
            f"accuracy: one output per row; compare (outputs > 0) with targets (outputs are of "
            f"shape {shape}, where the largest of C is looked for in (N, C, ...))"
        )
    if tuple(targets.shape) != shape[:1] + shape[2:]:
        raise ValueError(
            f"accuracy: outputs of shape {shape} need targets of shape {shape[:1] + shape[2:]}, "
            f"the indices of classes; got {tuple(targets.shape)}"
        )
    return float((outputs.argmax(1) == targets).float().mean())


class History:
    """What happened in training: ``history["loss"]`` is a list of one number per epoch.

    Attributes:
        epochs: one dict per epoch, of names to numbers; names of validation start with ``val_``.
        seconds: how long all epochs took.
    """

    def __init__(self):
        self.epochs: list[dict[str, float]] = []
        self.seconds = 0.0

    def __getitem__(self, name):
        return [epoch[name] for epoch in self.epochs]

    def __contains__(self, name):
        return any(name in epoch for epoch in self.epochs)

    def __len__(self):
        return len(self.epochs)

    def __repr__(self):
        if not self.epochs:
            return "History(no epochs)"
        return f"History({len(self)} epochs, last {_text(self.epochs[-1])})"


class Callback:
    """What `fit` calls as it goes; a subclass defines what it needs."""

    def on_train_begin(self, model):
        """Before the first epoch."""

    def on_epoch_end(self, model, epoch, results):
        """After each epoch, with a dict of its results; True ends the training."""

    def on_train_end(self, model):
        """After the last epoch."""


class EarlyStopping(Callback):
    """Ends the training when a result has not improved for some epochs, and restores the weights
    of the best one.

    Args:
        monitor: which result.
        patience: epochs without improvement after which it ends.
        min_delta: what counts as an improvement.
        mode: ``"min"`` or ``"max"``; None takes ``"max"`` for names that end in accuracy.
        restore_best: whether the best weights are restored at the end.

    Attributes:
        best: the best result.
        best_epoch: its epoch, counted from 0.
    """

    def __init__(self, monitor="val_loss", patience=5, min_delta=0.0, mode=None, restore_best=True):
        if mode not in (None, "min", "max"):
            raise ValueError(f"EarlyStopping: mode is 'min' or 'max', got {mode!r}")
        self.monitor = monitor
        self.patience = patience
        self.min_delta = min_delta
        self.mode = mode or ("max" if monitor.endswith("accuracy") else "min")
        self.restore_best = restore_best

    def on_train_begin(self, model):
        self.best: float | None = None
        self.best_epoch = 0
        self._state: dict | None = None

    def on_epoch_end(self, model, epoch, results):
        if self.monitor not in results:
            raise KeyError(
                f"EarlyStopping: there is no result {self.monitor!r} among {sorted(results)}; "
                "does fit have validation_data?"
            )
        value = float(results[self.monitor])
        sign = -1 if self.mode == "max" else 1
        # Any number is better than NaN.
        first = self.best is None or self.best != self.best
        if self.best is None or first or sign * value < sign * self.best - self.min_delta:
            self.best, self.best_epoch = value, epoch
            if self.restore_best:
                self._state = copy.deepcopy(model.state_dict())
        return bool(epoch - self.best_epoch >= self.patience)

    def on_train_end(self, model):
        if self._state is not None:
            model.load_state_dict(self._state)
            self._state = None


class _Means:
    """Means over batches, weighted by their sizes."""

    def __init__(self, op):
        self._op = op
        self._sums: dict[str, float] = {}
        self._count = 0

    def add(self, results, size):
        self._count += size
        for name, value in results.items():
            self._sums[name] = self._sums.get(name, 0.0) + float(value) * size

    def results(self):
        if not self._count:
            raise ValueError(f"{self._op}: the data gave no batch")
        return {name: total / self._count for name, total in self._sums.items()}


def _batches(op, data, batch_size):
    """What gives batches: a loader or another iterable as it is, a data set through a loader."""
    pair = op != "predict" and isinstance(data, (tuple, list)) and len(data) > 1
    if pair and all(isinstance(part, (Tensor, numpy.ndarray)) for part in data):
        raise TypeError(f"{op}: data are tensors and no batches; wrap them: TensorDataset(X, Y)")
    if isinstance(data, Dataset):
        return DataLoader(data, batch_size=batch_size, shuffle=op == "fit")
    if not hasattr(data, "__iter__"):
        raise TypeError(f"{op}: data is a DataLoader or a Dataset, not {type(data).__name__}")
    return data


def _of(value):
    return repr(value) if isinstance(value, str) else type(value).__name__


def _check_loss(op, loss):
    if not callable(loss):
        raise TypeError(
            f"{op}: loss is a function of outputs and targets, such as nn.functional.mse_loss, "
            f"got {_of(loss)}"
        )


def _split(op, batch):
    """(inputs, targets) of a batch, inputs being a tuple."""
    if not isinstance(batch, (tuple, list)) or len(batch) < 2:
        raise ValueError(f"{op}: a batch is (inputs, targets), got {type(batch).__name__}")
    return tuple(batch[:-1]), batch[-1]


def _text(results):
    return ", ".join(f"{name} {value:.4f}" for name, value in results.items())


class _Bar:
    """A tqdm bar over batches; where tqdm is not installed, a line at the end."""

    def __init__(self, batches, title, progress):
        self._batches = batches
        self._title = title
        self._progress = progress
        self._bar = None
        if progress:
            with contextlib.suppress(ImportError):
                from tqdm.auto import tqdm

                total = len(batches) if hasattr(batches, "__len__") else None
                self._bar = tqdm(total=total, desc=title)

    def __iter__(self):
        for batch in self._batches:
            yield batch
            if self._bar is not None:
                self._bar.update()

    def show(self, results):
        """Put results at the end of the bar."""
        if self._bar is not None:
            self._bar.set_postfix_str(_text(results), refresh=False)

    def close(self, results):
        """End with the last results."""
        if self._bar is not None:
            self._bar.set_postfix_str(_text(results))
            self._bar.close()
        elif self._progress:
            print(f"{self._title}: {_text(results)}")


def fit(
    model,
    data,
    loss,
    optimizer,
    epochs=1,
    validation_data=None,
    callbacks=(),
    metrics=(),
    *,
    batch_size=32,
    scheduler=None,
    progress=True,
):
    """Train a model.

    Args:
        model: a Module.
        data: batches (inputs, targets): a DataLoader, another iterable, or a Dataset, which is
            shuffled and cut into batches of `batch_size`. Of more than two parts, all but the last
            are inputs.
        loss: a function of outputs and targets.
        optimizer: over the model's parameters.
        epochs: how many times through the data.
        validation_data: data evaluated after each epoch, or None.
        callbacks: Callbacks such as :class:`EarlyStopping`.
        metrics: functions of outputs and targets such as :func:`accuracy`.
        scheduler: a learning-rate schedule, stepped after each epoch, or None. One that wants a
            result gets the validation loss, or else the loss.
        progress: whether to show a bar with loss and metrics, where tqdm is installed.

    Returns:
        a History: per epoch ``loss``, each metric, and the same with ``val_`` before.

    Raises:
        TypeError: `loss` is no function, `optimizer` no optimizer or `data` no batches.
        ValueError: a batch is not (inputs, targets), or there is none.

    Example:
        >>> from gemmule import data, nn, optim, train
        >>> x = gemmule.randn(64, 3)
        >>> points = data.TensorDataset(x, (x.sum(1) > 0).long())
        >>> model = nn.Linear(3, 2)
        >>> history = train.fit(
        ...     model,
        ...     points,
        ...     nn.CrossEntropyLoss(),
        ...     optim.Adam(model.parameters(), lr=0.1),
        ...     epochs=10,
        ...     metrics=[train.accuracy],
        ...     progress=False,
        ... )
        >>> len(history), history["accuracy"][-1] > 0.8
        (10, True)
    """
    _check_loss("fit", loss)
    if isinstance(optimizer, type) or not hasattr(optimizer, "zero_grad"):
        raise TypeError(
            "fit: optimizer is one of gemmule.optim over the model's parameters, as "
            f"optim.Adam(model.parameters()), got {_of(optimizer)}"
        )
    batches = _batches("fit", data, batch_size)
    history = History()
    model.train()
    for callback in callbacks:
        callback.on_train_begin(model)
    start = time.perf_counter()
    for epoch in range(epochs):
        bar = _Bar(batches, f"epoch {epoch + 1}/{epochs}", progress)
        results = _train_epoch(model, bar, loss, optimizer, metrics)
        if validation_data is not None:
            validated = evaluate(
                model, validation_data, loss, metrics, batch_size=batch_size, progress=False
            )
            results.update({f"val_{name}": value for name, value in validated.items()})
        bar.close(results)
        history.epochs.append(results)
        history.seconds = time.perf_counter() - start
        if scheduler is not None:
            _step(scheduler, results)
        if any([callback.on_epoch_end(model, epoch, results) for callback in callbacks]):
            break
    for callback in callbacks:
        callback.on_train_end(model)
    return history


def _step(scheduler, results):
    if isinstance(scheduler, ReduceLROnPlateau):
        scheduler.step(results.get("val_loss", results["loss"]))
    else:
        scheduler.step()


def _train_epoch(model, bar, loss, optimizer, metrics):
    means = _Means("fit")
    for batch in bar:
        inputs, targets = _split("fit", batch)
        optimizer.zero_grad()
        outputs = model(*inputs)
        value = loss(outputs, targets)
        value.backward()
        optimizer.step()
        means.add(_results(value, outputs, targets, metrics), len(inputs[0]))
        bar.show(means.results())
    return means.results()


def _results(value, outputs, targets, metrics):
    results = {} if value is None else {"loss": value.item()}
    with no_grad():
        for metric in metrics:
            results[_name(metric)] = metric(outputs.detach(), targets)
    return results


def _name(metric):
    return getattr(metric, "__name__", type(metric).__name__)


def evaluate(model, data, loss=None, metrics=(), *, batch_size=32, progress=False):
    """Means of a loss and metrics over data, in evaluation mode and without gradients.

    Args are those of :func:`fit`; without a loss there are only the metrics.

    Returns:
        a dict of names to numbers.
    """
    if loss is not None:
        _check_loss("evaluate", loss)
    means = _Means("evaluate")
    bar = _Bar(_batches("evaluate", data, batch_size), "evaluate", progress)
    with _evaluating(model), no_grad():
        for batch in bar:
            inputs, targets = _split("evaluate", batch)
            outputs = model(*inputs)
            value = None if loss is None else loss(outputs, targets)
            means.add(_results(value, outputs, targets, metrics), len(inputs[0]))
    bar.close(means.results())
    return means.results()


@contextlib.contextmanager
def _evaluating(model):
    """A block in evaluation mode; each module's own mode comes back after it."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


def predict(model, data, *, batch_size=32):
    """The model's outputs for data, in evaluation mode and without gradients.

    Args:
        model: a Module.
        data: a tensor of inputs, cut into batches; or batches of inputs, or of (inputs, ...) of
            which the first part counts.

    Returns:
        a Tensor: the outputs, put together along the first dimension.
    """
    if not isinstance(data, Tensor):
        batches = _batches("predict", data, batch_size)
    else:
        batches = (data[i : i + batch_size] for i in range(0, len(data), batch_size))
    outputs = []
    with _evaluating(model), no_grad():
        for batch in batches:
            outputs.append(model(batch[0] if isinstance(batch, (tuple, list)) else batch))
    if not outputs:
        raise ValueError("predict: the data gave no batch")
    return concat(outputs)
