"""Properties are judged by their claims, not by how busy the machine is."""

from hypothesis import HealthCheck, settings

# A fresh checkout first builds Hypothesis's table of characters, which takes seconds.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
