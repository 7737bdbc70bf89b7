"""What pytest must load before it collects anything here: the tests of the plugin run projects of their own."""

pytest_plugins = ["pytester"]
