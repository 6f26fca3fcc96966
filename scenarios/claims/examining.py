"""What `cosim claims` does: claims are chosen and checked first, then measured, judged and told."""

import json
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from scenarios.claims import telling
from scenarios.claims.catalogue import FIGURES, MEASUREMENTS
from scenarios.claims.declared import Claim, chosen, read
from scenarios.claims.running import run
from scenarios.running.progress import Progress, Stages
from scenarios.running.run_folder import check_writable, replace_text
from waveforms.report import write_page

PAGE = "claims.html"


@dataclass(frozen=True)
class Wanted:
    """The options of the command line, as they were given."""

    names: tuple[str, ...]
    listed: bool
    quick: bool
    images: int
    seed: int
    json: Path | None
    markdown: Path | None
    report: Path | None


def examine(wanted: Wanted) -> None:
    """Measure and judge the claims that are asked for; print and keep what was found."""
    claims = chosen(read(FIGURES), wanted.names)
    if wanted.quick:
        claims = tuple(claim for claim in claims if not _is_slow(claim))
    console = Console()
    if wanted.listed:
        for line in telling.declared(claims, MEASUREMENTS):
            console.print(line)
        return
    for folder in (
        *(file.parent for file in (wanted.json, wanted.markdown) if file), wanted.report
    ):  # fmt: skip
        if folder is not None:
            check_writable(folder)
    progress = Stages(Progress())
    try:
        done = run(
            claims, MEASUREMENTS, images=wanted.images, seed=wanted.seed, advance=progress
        )  # fmt: skip
    finally:
        progress.close()
    for line in telling.verdicts(done.judged):
        console.print(line)
    footer = (telling.counted(done.judged), telling.times(done), telling.PAPERS)
    console.print("", *footer, sep="\n", soft_wrap=True)
    if wanted.json is not None:
        replace_text(wanted.json, json.dumps(telling.kept(done), indent=1) + "\n")
    if wanted.markdown is not None:
        replace_text(wanted.markdown, telling.markdown(done.judged))
    if wanted.report is not None:
        from scenarios.claims.page import page

        write_page(wanted.report / PAGE, page(done))


def _is_slow(claim: Claim) -> bool:
    measurement = MEASUREMENTS.get(claim.measurement)
    return measurement is not None and measurement.is_slow
