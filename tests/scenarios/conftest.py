"""What the tests of scenarios share."""

from pathlib import Path

import pytest


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Return the folder in which runs are kept."""
    return tmp_path / "runs"
