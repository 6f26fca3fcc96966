"""More inputs than the buffer holds: an error, or chunks whose cost shows."""

import numpy as np
import pytest

from components.imac.buffer import BufferOverflow
from cosim import ProtocolError
from tests.components.imac_host import CYCLE_PS, System, dense

LAYERS = (dense("fc1", 40, 8, 1), dense("fc2", 8, 6, 2))
SIGNS = np.random.default_rng(0).integers(0, 2, 40)


def buffer(size_bytes, **more):
    return {"buffer": {"size_bytes": size_bytes, **more}, "configuration": "preloaded"}


def job(config, signs=SIGNS):
    system = System(LAYERS, config)
    (codes,) = system.run(lambda host: host.infer(signs.tolist(), 6))
    return codes, system.imac


def test_more_inputs_than_the_buffer_holds_are_refused():
    with pytest.raises(BufferOverflow, match="use a larger buffer, a shorter code or"):
        System((dense("fc1", 100, 8, 1), dense("fc2", 8, 6, 2)), buffer(8))


@pytest.mark.parametrize("encoding", ["binary01", "ternary2b"])
def test_chunks_give_the_codes_of_one_large_buffer(encoding):
    layers = (dense("fc1", 150, 8, 1), dense("fc2", 8, 6, 2))
    signs = np.random.default_rng(0).integers(0, 2, 150).tolist()
    found = []
    for config in (buffer(64), buffer(8, chunked=True)):
        system = System(layers, {**config, "encoding": encoding})
        (codes,) = system.run(lambda host: host.infer(signs, 6))
        found.append((codes, system.imac))
    (whole, one), (parts, many) = found
    assert parts == whole
    drains = -(-150 // (64 if encoding == "binary01" else 32)) - 1
    assert (one.buffer.drains.value, many.buffer.drains.value) == (0, drains)


def test_each_drain_takes_its_cycles_and_moves_every_bit_twice():
    layers = (dense("fc1", 150, 8, 1), dense("fc2", 8, 6, 2))
    signs = np.random.default_rng(0).integers(0, 2, 150).tolist()
    spent = []
    for config in (buffer(64), buffer(8, chunked=True, drain_cycles=5)):
        system = System(layers, config)
        system.run(lambda host: host.infer(signs, 6))
        done = system.imac.last_job
        spent.append((done.start_ps - done.transfer_ps, system.imac.buffer.access.value))
    (whole_ps, whole_pj), (parts_ps, parts_pj) = spent
    assert parts_ps - whole_ps == 2 * 5 * CYCLE_PS  # after 64 and after 128 elements
    # 128 bits are read and latched on the way; the columns then read 22 bits instead of 150.
    assert parts_pj - whole_pj == pytest.approx((2 * 128 - 128) * 0.07)


def test_an_element_whose_chunk_has_moved_is_refused():
    layers = (dense("fc1", 100, 8, 1), dense("fc2", 8, 6, 2))
    system = System(layers, buffer(8, chunked=True))

    def play(host):
        yield from host.ready(0)
        for element in (*range(65), 3):
            yield from host.store(1 + element, 1.0)

    with pytest.raises(ProtocolError, match="must be given elements 64 to 127, not 3 at"):
        system.run(play)


def test_missing_elements_of_a_moved_chunk_are_cleared_too():
    layers = (dense("fc1", 100, 8, 1), dense("fc2", 8, 6, 2))
    config = {**buffer(8, chunked=True), "misuse": {"wrong_count": "zero_fill"}}
    first, second = ([1.0] * 100, [1.0] * 100)
    for element in (5, 99):
        second[element] = 0.0

    def stored(skipped):
        def play(host):
            for signs, left in ((first, ()), (second, skipped)):
                yield from host.ready(0)
                for element, sign in enumerate(signs):
                    if element not in left:
                        yield from host.store(1 + element, sign)
                yield from host.ready(1)
                yield host.timer_zero.posedge
                codes = yield from host.codes(6)
            return codes

        return System(layers, config).run(play)[0]

    assert stored((5, 99)) == stored(())
