"""
The root of the checkout, for pytest; nothing stands here on purpose.

The shipped scenarios run from an installed wheel, where this file is not, and a project that adds them from an editable
checkout loads it into its own run: what our tests need stands in `tests/conftest.py`.
"""
