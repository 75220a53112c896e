"""How the tests with Hypothesis run; ``--hypothesis-profile=thorough`` draws far more examples."""

from hypothesis import HealthCheck, settings
from tests.postgres import _postgres, database, own_server, proxy  # noqa: F401 - fixtures

# On a busy machine an example may take long: that is no failure.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("tests"), max_examples=20_000)
settings.load_profile("tests")
