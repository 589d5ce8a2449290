"""Learning rates over time, with torch.optim.lr_scheduler's names and arguments.

A scheduler writes each parameter group's ``"lr"``. Rates follow from the rate before where the
formula allows, so that schedulers can be combined and a rate changed by hand is carried on.
"""

import bisect
import collections
import math

from gemmule.optim.optimizer import Optimizer

__all__ = [
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "OneCycleLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]


def _check_optimizer(optimizer, scheduler):
    if not isinstance(optimizer, Optimizer):
        kind = type(optimizer).__name__
        raise TypeError(
            f"{type(scheduler).__name__}: expected an Optimizer for 'optimizer', got {kind}"
        )


class LRScheduler:
    """Base class. A subclass defines ``get_lr()``: the rates at epoch ``last_epoch``.

    Args:
        optimizer: whose groups are written.
        last_epoch: the last epoch of a run to go on with; -1 starts, and notes each group's rate as
            its ``"initial_lr"``.
    """

    def __init__(self, optimizer, last_epoch=-1):
        _check_optimizer(optimizer, self)
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise ValueError(
                    f"{type(self).__name__}: to go on from last_epoch {last_epoch}, group {i} "
                    'needs "initial_lr"'
                )
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._step_count = 0
        self._last_lr: list[float] = []
        self.step()

    def get_last_lr(self):
        """The rates that were written last, one per group."""
        return self._last_lr

    def get_lr(self):
        """The rates at ``last_epoch``, one per group."""
        raise NotImplementedError(f"{type(self).__name__} defines no get_lr()")

    def step(self):
        """Go to the next epoch and write its rates. Call it after the optimizer's step."""
        self._step_count += 1
        self.last_epoch += 1
        for group, lr in zip(self.optimizer.param_groups, self.get_lr(), strict=True):
            group["lr"] = lr
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self):
        """Everything but the optimizer."""
        return {name: value for name, value in vars(self).items() if name != "optimizer"}

    def load_state_dict(self, state_dict):
        """Take over what :meth:`state_dict` gave."""
        vars(self).update(state_dict)

    def _begins(self):
        """Whether this is the step made on construction: a checkpoint's rate is right already."""
        return self._step_count == 1

    def _count(self, name, value):
        if not hasattr(value, "__index__") or value < 1:
            raise ValueError(f"{type(self).__name__}: {name} {value}, expected an int from 1")
        return int(value)

    def _rates(self):
        return [group["lr"] for group in self.optimizer.param_groups]


class LambdaLR(LRScheduler):
    """The initial rate times a function of the epoch.

    Args:
        lr_lambda: epoch → factor, or one such function per group.

    Functions are not part of the state dict; callable objects are, by their attributes.
    """

    def __init__(self, optimizer, lr_lambda, last_epoch=-1):
        _check_optimizer(optimizer, self)
        groups = len(optimizer.param_groups)
        if isinstance(lr_lambda, (list, tuple)):
            if len(lr_lambda) != groups:
                raise ValueError(f"LambdaLR: {len(lr_lambda)} functions for {groups} groups")
            self.lr_lambdas = list(lr_lambda)
        else:
            self.lr_lambdas = [lr_lambda] * groups
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """See :class:`LRScheduler`."""
        factors = [function(self.last_epoch) for function in self.lr_lambdas]
        return [base * factor for base, factor in zip(self.base_lrs, factors, strict=True)]

    def state_dict(self):
        """Everything but the optimizer and plain functions."""
        state = super().state_dict()
        state["lr_lambdas"] = [
            None if hasattr(function, "__code__") else dict(vars(function))
            for function in self.lr_lambdas
        ]
        return state

    def load_state_dict(self, state_dict):
        """Take over what :meth:`state_dict` gave."""
        state = dict(state_dict)
        for function, attributes in zip(self.lr_lambdas, state.pop("lr_lambdas"), strict=True):
            if attributes is not None:
                vars(function).update(attributes)
        super().load_state_dict(state)


class StepLR(LRScheduler):
    """Times `gamma` every `step_size` epochs."""

    def __init__(self, optimizer, step_size, gamma=0.1, last_epoch=-1):
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """See :class:`LRScheduler`."""
        falls = self.last_epoch > 0 and self.last_epoch % self.step_size == 0
        return [lr * self.gamma if falls else lr for lr in self._rates()]


class MultiStepLR(LRScheduler):
    """Times `gamma` at each of the epochs `milestones`."""

    def __init__(self, optimizer, milestones, gamma=0.1, last_epoch=-1):
        self.milestones = collections.Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """See :class:`LRScheduler`."""
        factor = self.gamma ** self.milestones.get(self.last_epoch, 0)
        return [lr * factor for lr in self._rates()]


class ExponentialLR(LRScheduler):
    """Times `gamma` every epoch."""

    def __init__(self, optimizer, gamma, last_epoch=-1):
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """See :class:`LRScheduler`."""
        return [lr if self._begins() else lr * self.gamma for lr in self._rates()]


class LinearLR(LRScheduler):
    """The initial rate times a factor that goes from one value to another in equal steps.

    Args:
        start_factor, end_factor: at epoch 0, and from epoch `total_iters` on.
        total_iters: epochs in between.
    """

    def __init__(
        self, optimizer, start_factor=1.0 / 3, end_factor=1.0, total_iters=5, last_epoch=-1
    ):
        if not 0 < start_factor <= 1:
            raise ValueError(f"LinearLR: start_factor {start_factor}, expected in (0, 1]")
        if not 0 <= end_factor <= 1:
            raise ValueError(f"LinearLR: end_factor {end_factor}, expected in [0, 1]")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch):
        way = min(epoch, self.total_iters) / self.total_iters
        return self.start_factor + (self.end_factor - self.start_factor) * way

    def get_lr(self):
        """See :class:`LRScheduler`."""
        if self.last_epoch == 0:
            return [lr * self.start_factor for lr in self._rates()]
        if self._begins() or self.last_epoch > self.total_iters:
            return self._rates()
        ratio = self._factor(self.last_epoch) / self._factor(self.last_epoch - 1)
        return [lr * ratio for lr in self._rates()]


class CosineAnnealingLR(LRScheduler):
    """From the initial rate to `eta_min` along half a cosine (Loshchilov and Hutter, ICLR 2017).

    Args:
        T_max: epochs on the way down; after them the rate rises again.
        eta_min: the least rate.
    """

    def __init__(self, optimizer, T_max, eta_min=0.0, last_epoch=-1):
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def _height(self, epoch):
        return (1 + math.cos(math.pi * epoch / self.T_max)) / 2

    def get_lr(self):
        """See :class:`LRScheduler`."""
        if self._begins():
            return self._rates()
        before = self._height(self.last_epoch - 1)
        rates = []
        for base, lr in zip(self.base_lrs, self._rates(), strict=True):
            if (self.last_epoch - 1 - self.T_max) % (2 * self.T_max) == 0:
                # The rate before stands at eta_min and has no ratio: the first step up.
                lr += (base - self.eta_min) * (1 - math.cos(math.pi / self.T_max)) / 2
            else:
                lr = (lr - self.eta_min) * self._height(self.last_epoch) / before + self.eta_min
            rates.append(lr)
        return rates


class CosineAnnealingWarmRestarts(LRScheduler):
    """From the initial rate to `eta_min` along half a cosine, again and again (Loshchilov and
    Hutter, ICLR 2017).

    Args:
        T_0: epochs of the first way down, an int from 1.
        T_mult: how many times longer each way is than the one before, an int from 1.
        eta_min: the least rate.
    """

    def __init__(self, optimizer, T_0, T_mult=1, eta_min=0.0, last_epoch=-1):
        self.T_0 = self._count("T_0", T_0)
        self.T_mult = self._count("T_mult", T_mult)
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """See :class:`LRScheduler`."""
        height = (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (base - self.eta_min) * height for base in self.base_lrs]

    def step(self, epoch=None):
        """Go to the next epoch, or to the one given, which may be a fraction."""
        self.T_cur, self.T_i = self.last_epoch + 1 if epoch is None else epoch, self.T_0
        self.last_epoch = math.floor(self.T_cur) - 1
        if self.T_mult == 1:
            self.T_cur %= self.T_0
        while self.T_cur >= self.T_i:
            self.T_cur -= self.T_i
            self.T_i *= self.T_mult
        super().step()


class SequentialLR(LRScheduler):
    """Schedules one after the other, each from its epoch 0 on.

    Args:
        schedulers: of this optimizer, in order; not ReduceLROnPlateau.
        milestones: the epochs at which the second and further ones begin.
        last_epoch: -1; :meth:`load_state_dict` goes on with a run.

    Raises:
        ValueError: one of these is not so, or there are too many milestones, or too few.
    """

    def __init__(self, optimizer, schedulers, milestones, last_epoch=-1):
        if not schedulers:
            raise ValueError("SequentialLR: of schedules none is given")
        for i, scheduler in enumerate(schedulers):
            if not isinstance(scheduler, LRScheduler) or scheduler.optimizer is not optimizer:
                kind = type(scheduler).__name__
                raise ValueError(f"SequentialLR: {kind}, schedule {i}, is none of this optimizer")
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                f"SequentialLR: expected {len(schedulers) - 1} milestones between "
                f"{len(schedulers)} schedules, got {len(milestones)}"
            )
        if last_epoch != -1:
            raise ValueError(f"SequentialLR: expected last_epoch -1, got {last_epoch}")
        self._schedulers = schedulers
        self._milestones = milestones
        super().__init__(optimizer)

    def step(self):
        """See :class:`LRScheduler`."""
        self.last_epoch += 1
        scheduler = self._schedulers[bisect.bisect_right(self._milestones, self.last_epoch)]
        if self.last_epoch in (0, *self._milestones):
            for group, lr in zip(self.optimizer.param_groups, scheduler.base_lrs, strict=True):
                group["lr"] = lr
            scheduler.last_epoch, scheduler._step_count = -1, 0
        scheduler.step()
        self._last_lr = scheduler.get_last_lr()

    def state_dict(self):
        """Everything but the optimizer; of the schedules their state dicts."""
        return super().state_dict() | {"_schedulers": [s.state_dict() for s in self._schedulers]}

    def load_state_dict(self, state_dict):
        """Take over what :meth:`state_dict` gave."""
        for scheduler, state in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            scheduler.load_state_dict(state)
        super().load_state_dict(state_dict | {"_schedulers": self._schedulers})


class OneCycleLR(LRScheduler):
    """Up from a low rate to `max_lr` and down to a far lower one, a step for each batch; momentum
    goes the other way (Smith and Topin, arXiv:1708.07120).

    Args:
        max_lr: the highest rate, or one per group.
        total_steps: how many steps there are; or
        epochs, steps_per_epoch: two factors of it.
        pct_start: the share of steps on the way up. Where that is one step, the first rate is
            `max_lr`; where it is less, the first is already on the way down.
        anneal_strategy: ``"cos"`` goes along half a cosine, ``"linear"`` along a line.
        cycle_momentum: whether momentum (of Adam: beta1) goes from `max_momentum` down to
            `base_momentum` and back. Each is a number, or one per group.
        div_factor: `max_lr` over the first rate.
        final_div_factor: the first rate over the last.
        three_phase: down to the first rate in as many steps as up, and then to the last.

    Raises:
        ValueError: an argument is out of range, the optimizer has no momentum, or ``step()`` is
            called more than `total_steps` times.

    The last rate is reached after `total_steps` - 1 calls of ``step()``, one between each two of
    the optimizer's steps. A call after the optimizer's last step is taken too, as in PyTorch: it
    goes on along the curve, past its end.
    """

    def __init__(
        self,
        optimizer,
        max_lr,
        total_steps=None,
        epochs=None,
        steps_per_epoch=None,
        pct_start=0.3,
        anneal_strategy="cos",
        cycle_momentum=True,
        base_momentum=0.85,
        max_momentum=0.95,
        div_factor=25.0,
        final_div_factor=1e4,
        three_phase=False,
        last_epoch=-1,
    ):
        _check_optimizer(optimizer, self)
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("OneCycleLR: give total_steps, or epochs and steps_per_epoch")
            epochs = self._count("epochs", epochs)
            total_steps = epochs * self._count("steps_per_epoch", steps_per_epoch)
        total_steps = self._count("total_steps", total_steps)
        if not 0 <= pct_start <= 1:
            raise ValueError(f"OneCycleLR: pct_start {pct_start}, expected within 0 and 1")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f'OneCycleLR: anneal_strategy {anneal_strategy!r}, expected "cos" or "linear"'
            )
        self.total_steps = total_steps
        self.anneal_strategy = anneal_strategy
        self.cycle_momentum = cycle_momentum
        # Of each way its last step, and what the rate and the momentum are there.
        up = pct_start * total_steps - 1
        self._ends = [0, up, total_steps - 1]
        self._heights = ["initial_lr", "max_lr", "min_lr"]
        self._momenta = ["max_momentum", "base_momentum", "max_momentum"]
        if three_phase:
            self._ends.insert(2, 2 * up)
            self._heights.insert(2, "initial_lr")
            self._momenta.append("max_momentum")
        if last_epoch == -1:
            highest = self._per_group(optimizer, "max_lr", max_lr)
            for group, peak in zip(optimizer.param_groups, highest, strict=True):
                group["max_lr"] = peak
                group["initial_lr"] = peak / div_factor
                group["min_lr"] = group["initial_lr"] / final_div_factor
        if cycle_momentum:
            base = self._per_group(optimizer, "base_momentum", base_momentum)
            most = self._per_group(optimizer, "max_momentum", max_momentum)
            for group, low, high in zip(optimizer.param_groups, base, most, strict=True):
                if "momentum" not in group and "betas" not in group:
                    raise ValueError(
                        "OneCycleLR: this optimizer has no momentum; pass cycle_momentum=False"
                    )
                if last_epoch == -1:
                    group["base_momentum"], group["max_momentum"] = low, high
        super().__init__(optimizer, last_epoch)

    @staticmethod
    def _per_group(optimizer, name, value):
        groups = len(optimizer.param_groups)
        values = list(value) if isinstance(value, (list, tuple)) else [value] * groups
        if len(values) != groups:
            raise ValueError(f"OneCycleLR: {len(values)} values of {name} for {groups} groups")
        return values

    def _at(self, group, names):
        """What goes from the one named end to the next, at this step."""
        way = 0
        while way + 2 < len(self._ends) and self.last_epoch > self._ends[way + 1]:
            way += 1
        start, end = self._ends[way : way + 2]
        share = (self.last_epoch - start) / (end - start) if end != start else 1.0
        first, last = group[names[way]], group[names[way + 1]]
        if self.anneal_strategy == "cos":
            return last + (first - last) / 2 * (1 + math.cos(math.pi * share))
        return first + (last - first) * share

    def get_lr(self):
        """See :class:`LRScheduler`."""
        if self.last_epoch > self.total_steps:
            raise ValueError(
                f"OneCycleLR: step {self.last_epoch} of a cycle of {self.total_steps} steps"
            )
        for group in self.optimizer.param_groups if self.cycle_momentum else ():
            momentum = self._at(group, self._momenta)
            if "betas" in group:
                group["betas"] = (momentum, *group["betas"][1:])
            else:
                group["momentum"] = momentum
        return [self._at(group, self._heights) for group in self.optimizer.param_groups]


class ReduceLROnPlateau:
    """Times `factor` once a metric has not improved for `patience` epochs.

    Args:
        mode: ``"min"`` if less is better, ``"max"`` if more is.
        factor: below 1.
        patience: epochs without improvement that are borne; the next one reduces.
        threshold: how much counts as improvement, by `threshold_mode`: ``"rel"`` is a share of the
            best so far, ``"abs"`` a difference.
        cooldown: epochs after a reduction that are not counted.
        min_lr: the least rate, or one per group.
        eps: a reduction by less is not made.
    """

    def __init__(
        self,
        optimizer,
        mode="min",
        factor=0.1,
        patience=10,
        threshold=1e-4,
        threshold_mode="rel",
        cooldown=0,
        min_lr=0,
        eps=1e-8,
    ):
        if factor >= 1:
            raise ValueError(f"ReduceLROnPlateau: factor {factor}, expected below 1")
        if mode not in ("min", "max"):
            raise ValueError(f'ReduceLROnPlateau: mode {mode!r}, expected "min" or "max"')
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(
                f'ReduceLROnPlateau: threshold_mode {threshold_mode!r}, expected "rel" or "abs"'
            )
        _check_optimizer(optimizer, self)
        groups = len(optimizer.param_groups)
        self.min_lrs = list(min_lr) if isinstance(min_lr, (list, tuple)) else [min_lr] * groups
        if len(self.min_lrs) != groups:
            raise ValueError(
                f"ReduceLROnPlateau: {len(self.min_lrs)} values of min_lr for {groups} groups"
            )
        self.optimizer = optimizer
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.cooldown = cooldown
        self.eps = eps
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs = 0
        self.cooldown_counter = 0
        self.last_epoch = 0
        self._last_lr = [group["lr"] for group in optimizer.param_groups]

    def get_last_lr(self):
        """The groups' rates after the last step."""
        return self._last_lr

    def is_better(self, value, best):
        """Whether a metric is an improvement over the best so far."""
        sign = 1 if self.mode == "max" else -1
        if self.threshold_mode == "rel":
            return bool(sign * value > sign * best * (1 + sign * self.threshold))
        return bool(sign * value > sign * best + self.threshold)

    def step(self, metrics):
        """Note an epoch's metric (a number or a Tensor of one element)."""
        value = float(metrics)
        self.last_epoch += 1
        if self.is_better(value, self.best):
            self.best = value
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            for group, least in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
                lr = max(group["lr"] * self.factor, least)
                if group["lr"] - lr > self.eps:
                    group["lr"] = lr
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self):
        """Everything but the optimizer."""
        return {name: value for name, value in vars(self).items() if name != "optimizer"}

    def load_state_dict(self, state_dict):
        """Take over what :meth:`state_dict` gave."""
        vars(self).update(state_dict)
