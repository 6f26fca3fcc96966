"""Training a Keras model epoch by epoch: resumable, repeatable, ended early, judged by images kept.

Models:     the order of the images follows from seed and epoch alone, and all variables, the
            generators' too, are on disk after each epoch: a training that was interrupted ends
            in the same weights. The epoch that the judge likes best is kept.
Leaves out: the models and what they are taught.
Checked by: tests/scenarios/test_training_resumed.py
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from scenarios.networks.notebook import Arrays, Notebook, Page
from scenarios.scenario import Advance

Examples = Callable[[int], tuple[npt.NDArray[Any], npt.NDArray[np.int64]]]
"""Gives the inputs and labels of an epoch, which may be drawn anew for each."""

Judge = Callable[[], float]
"""Says how good the model is now: a share of images that are kept out of training."""


@dataclass(frozen=True)
class Plan:
    """One step: at most `epochs`, ended when `patience` of them brought nothing better."""

    step: str
    epochs: int
    batch: int
    patience: int
    seed: int


class Listener(NamedTuple):
    """Who is told: lines of text, and how far an epoch is."""

    line: Callable[[str], None]
    advance: Advance


def fit(
    model: Any, examples: Examples, judge: Judge, plan: Plan, notebook: Notebook, told: Listener
) -> tuple[Arrays, list[dict[str, float]]]:
    """Train a compiled model; return its best weights and accuracy by epoch."""
    model.optimizer.build(model.trainable_variables)
    page = notebook.page(plan.step) or Page([], model.get_weights(), [])
    if page.variables:
        _restore(model, page.variables)
        told.line(f"{plan.step}: goes on after epoch {len(page.history)}")
    while len(page.history) < plan.epochs and not is_stale(page.history, plan.patience):
        page = _epoch(model, examples, judge, plan, page, told)
        notebook.turn(plan.step, page)
    model.set_weights(page.best)
    return page.best, page.history


def _epoch(
    model: Any, examples: Examples, judge: Judge, plan: Plan, page: Page, told: Listener
) -> Page:
    """Train one epoch more."""
    number = len(page.history)
    inputs, labels = examples(number)
    order = np.random.default_rng([plan.seed, number]).permutation(len(labels))
    found = model.fit(
        inputs[order], labels[order], batch_size=plan.batch, epochs=1, shuffle=False, verbose=0,
        callbacks=[_batches(plan, number, len(labels), told)],
    )  # fmt: skip
    training, held_out = found.history["accuracy"][-1], judge()
    told.line(
        f"{plan.step}, epoch {number + 1}: {100 * training:.2f} % of the training images,"
        f" {100 * held_out:.2f} % of those held out"
    )
    history = [*page.history, {"training": round(training, 4), "held_out": round(held_out, 4)}]
    is_best = held_out >= max((row["held_out"] for row in page.history), default=0.0)
    best = [np.array(one) for one in model.get_weights()] if is_best else page.best
    return Page(_variables(model), best, history)


def is_stale(history: list[dict[str, float]], patience: int) -> bool:
    """Return whether the last `patience` epochs brought nothing better."""
    shares = [row["held_out"] for row in history]
    return len(shares) > patience and max(shares[-patience:]) <= max(shares[:-patience])


def _batches(plan: Plan, epoch: int, images: int, told: Listener) -> Any:
    """Return a Keras callback that tells how far an epoch is."""
    import keras

    def tell(batch: int, logs: Any) -> None:
        told.advance((batch + 1) * plan.batch, images, f"{plan.step}, epoch {epoch + 1}")

    return keras.callbacks.LambdaCallback(on_train_batch_end=tell)


def _variables(model: Any) -> Arrays:
    """Return everything that the next epoch starts from."""
    return [np.array(one) for one in (*model.variables, *model.optimizer.variables)]


def _restore(model: Any, values: Arrays) -> None:
    for variable, value in zip((*model.variables, *model.optimizer.variables), values, strict=True):
        variable.assign(value)
