"""The student's arithmetic: straight through signs, junctions as in the subarrays."""

from functools import partial

import numpy as np
import pytest

from components.analog import AnalogConfig, AnalogNetwork, DenseLayer, Mtj, MtjConfig
from cosim.seeds import generator
from scenarios.networks import training
from scenarios.networks.binary_student import (
    Awareness,
    dense_part,
    output_cross_entropy,
    share,
    signs_of,
    teach,
)
from scenarios.networks.layers import Dense

pytestmark = [pytest.mark.network, pytest.mark.filterwarnings("ignore")]

LAYERS = (Dense("one", 12, 6), Dense("two", 6, 4))
GAINS = (0.5, 1.0)


@pytest.fixture(scope="module")
def keras():
    training.require_tensorflow()
    import keras

    keras.utils.set_random_seed(1)
    return keras


def inputs(count=5):
    return np.random.default_rng(0).integers(0, 2, (count, 12)).astype(np.float32)


def test_shadow_weights_stay_within_one_and_gradients_pass_the_sign(keras):
    student = dense_part((Dense("d", 3, 2),), (1.0,), Awareness(), is_binary=True)
    layer = student.layers[0]
    layer.shadow.assign(np.full((3, 2), 0.9, np.float32))
    layer.shadow_biases.assign(np.zeros(2, np.float32))
    # Far from sign(0.9) = 1: only if the gradient passes straight through do weights move, and
    # only if they are clipped do they stay within one.
    student.compile(keras.optimizers.SGD(100.0), output_cross_entropy(8.0))
    student.fit(np.ones((4, 3), np.float32), np.zeros(4, np.int64), verbose=0)
    found = np.asarray(layer.shadow)
    assert found[:, 0].tolist() == [-1, -1, -1]  # class 0 wants a larger output: smaller sums
    assert found[:, 1].tolist() == [1, 1, 1]


@pytest.mark.parametrize("bias_law", [False, True])
def test_the_student_computes_what_the_subarrays_do(keras, bias_law):
    student = dense_part(LAYERS, GAINS, Awareness(bias_law=bias_law), is_binary=True)
    held = [
        DenseLayer(layer.name, found.weights, found.biases, found.gain)
        for layer, found in zip(LAYERS, signs_of(student, GAINS), strict=True)
    ]
    level = "virtual_ground" if bias_law else "ideal"
    chip = AnalogNetwork(held, AnalogConfig(level=level), partial(generator, 0))
    ours = np.asarray(student(inputs()))
    assert ours == pytest.approx(chip.forward_v(inputs() * 0.8) / 0.8, abs=1e-5)


def test_tensors_obey_the_bias_law_of_the_junctions(keras):
    mtj, volts = Mtj(MtjConfig()), np.linspace(-0.8, 0.8, 33).astype(np.float32)
    found = np.asarray(share(keras.ops.convert_to_tensor(volts), mtj))
    assert found == pytest.approx(mtj.antiparallel_share(volts), abs=1e-6)


def test_junctions_vary_in_training_only_and_as_much_as_asked_for(keras):
    layer = (Dense("wide", 12, 3000),)
    student = dense_part(layer, (1e-3,), Awareness(True, 0.1), is_binary=True)
    still = np.asarray(student(inputs(1)))
    assert np.array_equal(still, np.asarray(student(inputs(1))))
    moved = [np.asarray(student(inputs(1), training=True)) for _ in range(2)]
    assert not np.array_equal(moved[0], moved[1])
    # A gain of 1/1000 is linear: the neuron's slope there is -gain / 4. Of a driven column, both
    # junctions vary: parallel ones pass 0.8 V, the others 0.4186 V, of which 0.3814 V are a unit.
    sums = (moved[0] - still) / (-1e-3 / 4)
    driven = inputs(1).sum() + 1  # and the bias column
    expected = 0.1 * np.sqrt(driven * (0.8**2 + 0.4186**2)) / 0.3814
    assert sums.std() == pytest.approx(expected, rel=0.1)


def test_converters_in_the_loss_give_middles_of_codes(keras):
    student = dense_part(LAYERS, GAINS, Awareness(adc_bits=2), is_binary=True)
    plain = dense_part(LAYERS, GAINS, Awareness(), is_binary=True)
    teach(plain, student)
    outputs = np.asarray(plain(inputs()))
    codes = np.minimum(np.floor(4 * outputs), 3)
    assert np.asarray(student(inputs())) == pytest.approx((codes + 0.5) / 4)


def test_a_teacher_computes_with_its_real_weights(keras):
    teacher = dense_part((Dense("d", 2, 1),), (2.0,), Awareness(True, 0.1, 3), is_binary=False)
    teacher.layers[0].shadow.assign([[0.5], [-0.25]])
    teacher.layers[0].shadow_biases.assign([0.125])
    found = float(np.asarray(teacher(np.array([[1.0, 1.0]], np.float32)))[0, 0])
    assert found == pytest.approx(1 / (1 + np.exp(2 * 0.375)))
