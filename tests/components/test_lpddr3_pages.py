"""The adaptive page policy learns which rows are wanted again."""

from tests.components.lpddr3_driver import Channel, config, place

NO_REFRESH = {"t_refi_ps": 0}


def run(rows: list[int], page: str) -> Channel:
    """Read one row of bank 0 after the other, 200 clocks apart."""
    memory = Channel(config(NO_REFRESH, page=page))
    for number, row in enumerate(rows):
        memory.read(200 * number, place(row), tag=number)
    memory.run(200 * len(rows) + 100)
    return memory


def latencies(memory: Channel, count: int) -> list[int]:
    return [memory.completion(tag) - 200 * tag for tag in range(count)]


def test_rows_that_are_never_wanted_again_are_soon_closed_early() -> None:
    # the count begins at three: two conflicts of 49 clocks, then closed banks of 34
    assert latencies(run([1, 2, 3, 4, 5], "adaptive"), 5) == [34, 49, 49, 34, 34]


def test_a_row_that_is_wanted_again_stays_open() -> None:
    assert latencies(run([1, 1, 1, 1], "adaptive"), 4) == [34, 19, 19, 19]


def test_it_goes_back_to_open_rows_when_they_are_wanted_again() -> None:
    rows = [1, 2, 3, 4, 5, 5, 5, 5, 5]
    found = latencies(run(rows, "adaptive"), len(rows))
    assert found[-1] == 19
    assert latencies(run(rows, "closed"), len(rows))[-1] == 34
