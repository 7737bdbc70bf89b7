"""An application as its operator sets it."""

from harness.protocol.app import App


def test_secrets_stay_out_of_text_forms() -> None:
    """What lands in a log or a failure shows neither key nor secret."""
    assert repr(App("1001", "demo-key", "demo-secret")) == "App(id='1001')"


def test_an_app_is_open_unless_it_is_restricted() -> None:
    """Nothing that an operator has not asked for is limited or switched on."""
    app = App("1001", "demo-key", "demo-secret")

    assert app.enabled
    assert app.allowed_origins == ("*",)
    assert (app.max_connections, app.rate_limit, app.connection_timeout, app.max_members) == (None,) * 4
    assert (app.signin, app.watchlists, app.subscription_counts) == (False,) * 3
