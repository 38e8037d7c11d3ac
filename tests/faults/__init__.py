import pytest

# Their assertions say what they saw, as those of the tests do.
pytest.register_assert_rewrite("tests.faults.killing", "tests.faults.moments", "tests.faults.once")
