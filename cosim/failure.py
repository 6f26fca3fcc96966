"""How an error leaves the process in which it happened.

It keeps its type and says, as a note, which process it was in and when. SimPy shows a fresh copy of
an error to everyone who waited for the process, so that tracebacks do not grow into each other; an
error that its arguments cannot make again is shown itself.
Checked by: tests/kernel/test_failure.py
"""


def note(error: BaseException, name: str, now_ps: int) -> None:
    """Say on an error in which process it happened, and when."""
    error.add_note(f"in {name} at {now_ps} ps")


def again(error: BaseException) -> BaseException:
    """Return a copy of an error, with its notes and attributes and with the error as its cause."""
    try:
        copy = type(error)(*error.args)
        same = str(copy) == str(error)
    except Exception:  # noqa: BLE001 - a constructor may raise anything; the error itself serves
        return error
    if not same:
        return error
    vars(copy).update(vars(error))
    if hasattr(error, "__notes__"):
        copy.__notes__ = list(error.__notes__)
    copy.__cause__ = error
    return copy
