"""The ratios that the abstract of the second paper claims, beside ours."""

from scenarios.claims.asked import Asked
from scenarios.claims.catalogue import FIGURES
from scenarios.claims.declared import chosen, read
from scenarios.claims.pim import ratios


def test_the_four_ratios_are_measured_and_never_judged(tmp_path):
    found = ratios(Asked(tmp_path, images=1))
    assert set(found) == set(FIGURES["pim"])
    for measured in found.values():
        assert measured.low is not None
        assert measured.high is not None
        assert measured.low < measured.value < measured.high
        assert "with all constants at once" in measured.told
    claims = chosen(read(FIGURES), ["and"])
    assert {claim.value for claim in claims} == {5.4, 9, 9.7, 13.5}
    assert all("declared constants" in claim.cannot for claim in claims)
