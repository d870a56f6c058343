"""What holds for every test: no deadline for hypothesis, since a test of time fails on a busy machine only."""

from hypothesis import settings

settings.register_profile("sealstone", deadline=None)
settings.load_profile("sealstone")
