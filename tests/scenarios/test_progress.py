"""Progress: silent when short, one line on a terminal, few lines in a log."""

import io

from scenarios.running.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Watch:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_short_run_says_nothing() -> None:
    stream, watch = Terminal(), Watch()
    progress = Progress(stream, watch)
    watch.now_s = 1.9
    progress(1, 2, "layer conv1")
    progress.close()
    assert stream.getvalue() == ""


def test_time_left_is_time_taken_by_what_is_left_over_what_is_done() -> None:
    stream, watch = Terminal(), Watch()
    progress = Progress(stream, watch)
    watch.now_s = 10.0
    progress(1, 4, "conv1")
    assert stream.getvalue() == "\r\x1b[Kconv1: 25 %, 10 s so far, 30 s left"


def test_a_terminal_line_is_taken_off_at_the_end() -> None:
    stream, watch = Terminal(), Watch()
    progress = Progress(stream, watch)
    watch.now_s = 10.0
    progress(0, 0, "compiling")
    progress.close()
    assert stream.getvalue() == "\r\x1b[Kcompiling: 10 s so far\r\x1b[K"


def test_a_log_gets_a_whole_line_every_fifteen_seconds() -> None:
    stream, watch = io.StringIO(), Watch()
    progress = Progress(stream, watch)
    for second in range(40):
        watch.now_s = float(second)
        progress(second, 40, "vgg16")
    progress.close()
    lines = stream.getvalue().splitlines()
    assert [line.split(" s so far")[0] for line in lines] == [
        "vgg16: 5 %, 2",
        "vgg16: 42 %, 17",
        "vgg16: 80 %, 32",
    ]
