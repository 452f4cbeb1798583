"""What holds for all tests: no test fails because a machine is slow."""

from hypothesis import settings

settings.register_profile("helmpy", deadline=None)
settings.load_profile("helmpy")
