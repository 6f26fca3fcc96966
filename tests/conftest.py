"""What every test shares."""

from hypothesis import settings

settings.register_profile("cosim", deadline=None)  # the first example may compile for seconds
settings.load_profile("cosim")
