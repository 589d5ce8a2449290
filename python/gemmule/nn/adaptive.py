"""Softmax over many classes, the rare ones in clusters: Grave and others, 2017."""

from collections import namedtuple

import numpy

from gemmule import asarray, cat, gather, index_select, log_softmax, scatter_add, zeros
from gemmule.nn.container import ModuleList, Sequential
from gemmule.nn.linear import Linear
from gemmule.nn.module import Module

__all__ = ["AdaptiveLogSoftmaxWithLoss"]

_Output = namedtuple("ASMoutput", ("output", "loss"))  # type: ignore[name-match]  # its printed name


class AdaptiveLogSoftmaxWithLoss(Module):
    """Log-probabilities of targets, and their mean as a loss, for classes sorted from frequent
    to rare: the head knows the frequent ones and the clusters, smaller layers each cluster's.

    Args:
        in_features: size of the input's rows.
        n_classes: how many classes.
        cutoffs: the first class of each cluster, ascending.
        div_value: by what each cluster's layer is smaller than the one before.
        head_bias: whether the head has a bias.

    Attributes:
        head: Linear(in_features, cutoffs[0] + clusters).
        tail: two Linear layers per cluster.
    """

    def __init__(
        self,
        in_features,
        n_classes,
        cutoffs,
        div_value=4.0,
        head_bias=False,
        device=None,
        dtype=None,
    ):
        super().__init__()
        cutoffs = list(cutoffs)
        if (
            not cutoffs
            or cutoffs != sorted(set(cutoffs))
            or not 0 < cutoffs[0] <= cutoffs[-1] < n_classes
        ):
            raise ValueError(
                "AdaptiveLogSoftmaxWithLoss: cutoffs must be different ascending integers between "
                f"1 and n_classes - 1, got {cutoffs} for {n_classes} classes"
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*cutoffs, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        place = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, bias=head_bias, **place)
        self.tail = ModuleList()
        for i in range(self.n_clusters):
            middle = int(in_features // div_value ** (i + 1))
            classes = self.cutoffs[i + 1] - self.cutoffs[i]
            self.tail.append(
                Sequential(
                    Linear(in_features, middle, bias=False, **place),
                    Linear(middle, classes, bias=False, **place),
                )
            )

    def reset_parameters(self):
        """Draw new initial values."""
        self.head.reset_parameters()
        for layer in self.tail.modules():
            if isinstance(layer, Linear):
                layer.reset_parameters()

    def forward(self, input_, target_):
        """(log-probability of each target, minus their mean).

        Args:
            input_: (N, in_features) or (in_features,).
            target_: (N,) or () class numbers.

        Raises:
            ValueError: the shapes do not fit.
            IndexError: a target is out of range.
        """
        input, target = input_, target_
        if input.ndim == 1 and target.ndim == 0:
            output, loss = self.forward(input.unsqueeze(0), target.unsqueeze(0))
            return _Output(output.squeeze(0), loss)
        if input.ndim != 2 or target.shape != input.shape[:1]:
            raise ValueError(
                "AdaptiveLogSoftmaxWithLoss: an input (N, in_features) and a target (N,) are "
                f"expected, got {input.shape} and {target.shape}"
            )
        classes = target.numpy()
        if classes.size and not 0 <= classes.min() <= classes.max() < self.n_classes:
            raise IndexError(
                f"AdaptiveLogSoftmaxWithLoss: targets must lie in [0, {self.n_classes}), got "
                f"{classes.min()} to {classes.max()}"
            )
        # Which cluster a class is in; -1 is the shortlist, whose classes the head names itself.
        clusters = numpy.searchsorted(self.cutoffs, classes, side="right") - 1
        named = numpy.where(clusters < 0, classes, self.shortlist_size + clusters)
        output = gather(log_softmax(self.head(input), 1), 1, asarray(named[:, None])).squeeze(1)
        for i in range(self.n_clusters):
            rows = numpy.flatnonzero(clusters == i)
            if rows.size:
                within = asarray((classes[rows] - self.cutoffs[i])[:, None])
                places = asarray(rows)
                local = log_softmax(self.tail[i](index_select(input, 0, places)), 1)
                share = gather(local, 1, within).squeeze(1)
                output = output + scatter_add(
                    zeros(output.shape, dtype=output.dtype), 0, places, share
                )
        return _Output(output, -output.mean())

    def log_prob(self, input):
        """Log-probabilities of all classes, (N, n_classes)."""
        head = log_softmax(self.head(input), 1)
        parts = [head[:, : self.shortlist_size]]
        for i in range(self.n_clusters):
            at = self.shortlist_size + i
            parts.append(log_softmax(self.tail[i](input), 1) + head[:, at : at + 1])
        return cat(parts, 1)

    def predict(self, input):
        """The class of the largest probability for each row, (N,)."""
        return self.log_prob(input).argmax(1)
