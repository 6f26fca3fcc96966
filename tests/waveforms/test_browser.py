"""Pictures of pages, by a real browser."""

import subprocess
from pathlib import Path

import pytest

from cosim import CosimError
from tests.waveforms.test_report import METRICS
from waveforms import browser, screenshot
from waveforms.browser import PHONE_PIXELS, picture_of_page
from waveforms.report import write_report

needs_browser = pytest.mark.skipif(browser.browser() is None, reason="chromium is missing")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    write_report(path, METRICS)
    return path


def facts(png: Path) -> list[str]:
    measured = ["identify", "-format", "%w %h %[fx:round(255*mean)]", str(png)]
    return subprocess.check_output(measured, text=True).split()


@needs_browser
def test_a_report_is_drawn_without_a_word_on_the_console(page, tmp_path):
    png = tmp_path / "report.png"
    assert picture_of_page(page, png) == []
    width, height, mean = facts(png)
    assert (width, height) == ("1100", "2400")
    assert int(mean) > 200  # light


@needs_browser
def test_a_report_follows_a_dark_setting_on_a_phone(page, tmp_path):
    png = tmp_path / "report.png"
    assert picture_of_page(page, png, pixels=PHONE_PIXELS, dark=True) == []
    assert int(facts(png)[2]) < 80


@needs_browser
def test_an_error_on_a_page_is_told(tmp_path):
    page = tmp_path / "bad.html"
    page.write_text("<script>nothing()</script>")
    (told,) = picture_of_page(page, tmp_path / "bad.png")
    assert "nothing is not defined" in told


@needs_browser
def test_the_screenshot_command_takes_pages_too(page, tmp_path):
    png = tmp_path / "out.png"
    assert screenshot.main([str(page), str(png)]) == 0
    assert png.stat().st_size > 10_000


def test_a_missing_browser_is_named_with_the_command_that_installs_it(page, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CosimError, match="needs chromium.*apt-get install chromium"):
        picture_of_page(page, tmp_path / "out.png")
