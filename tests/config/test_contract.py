"""A target's table changes a contract route by route, member by member."""

import pytest

from harness.config.contract import FIELD_WORDS, LARAVEL, Contract, RouteTable, overridden
from harness.errors import UsageError


def test_the_routes_of_a_contract_are_those_whose_fields_are_listed() -> None:
    """Every route has its list of field words, and nothing else has one."""
    assert set(FIELD_WORDS) | {"event", "ability", "authentication", "csrf"} == set(Contract.__struct_fields__)


@pytest.mark.parametrize("name", sorted(FIELD_WORDS))
def test_the_laravel_contract_speaks_our_words(name: str) -> None:
    """Its field mappings use no word that a table could not override."""
    route = getattr(LARAVEL, name)
    assert route is None or set(route.fields) <= set(FIELD_WORDS[name])


def test_an_empty_table_leaves_a_route_as_it_is() -> None:
    """Saying nothing changes nothing."""
    assert overridden("send", LARAVEL.send, table=RouteTable()) == LARAVEL.send


def test_a_request_changes_method_and_path_and_keeps_the_rest() -> None:
    """The fields and the place of the id stay those of the contract."""
    route = overridden("send", LARAVEL.send, table=RouteTable(request="PUT /v2/chats/{conversation}"))
    assert (route.method, route.path) == ("PUT", "/v2/chats/{conversation}")
    assert (route.fields, route.id) == (LARAVEL.send.fields, "data.id")


def test_fields_are_overridden_one_by_one() -> None:
    """Renaming one field keeps the names of the others."""
    route = overridden("login", LARAVEL.login, table=RouteTable(fields={"email": "user"}))
    assert route.fields == {"email": "user", "password": "password", "device_name": "device_name"}


def test_every_other_member_can_be_overridden() -> None:
    """Encoding and the paths into the answer are the table's, also when it empties them."""
    route = overridden(
        "login", LARAVEL.login, table=RouteTable(encoding="form", token="data.token", id="", items="rows")
    )
    assert (route.encoding, route.token, route.id, route.items) == ("form", "data.token", "", "rows")


def test_false_says_that_there_is_no_such_route() -> None:
    """A backend without logout is said so in one word."""
    assert overridden("logout", LARAVEL.logout, table=False) is None


def test_true_says_nothing_and_is_refused() -> None:
    """Only `false` and a table have a meaning."""
    with pytest.raises(UsageError, match=r"is true; allowed are false"):
        overridden("logout", LARAVEL.logout, table=True)


@pytest.mark.parametrize("request_line", ["/api/login", "POST", "POST api/login", "FETCH /api/login", "POST /a b", ""])
def test_a_request_that_is_none_is_refused_with_an_example(request_line: str) -> None:
    """A request is a method, a space and a path."""
    with pytest.raises(UsageError, match=r'"POST /api/login"'):
        overridden("login", LARAVEL.login, table=RouteTable(request=request_line))


def test_an_unknown_field_is_refused_with_the_known_words() -> None:
    """A mapping from a word that nobody asks for is a mistake of the file's author."""
    with pytest.raises(UsageError, match=r"unknown field 'mail'; allowed are email, password, device_name"):
        overridden("login", LARAVEL.login, table=RouteTable(fields={"mail": "email"}))


def test_a_route_without_fields_says_so() -> None:
    """Where no word is allowed the complaint does not end in an empty list."""
    with pytest.raises(UsageError, match=r"allowed are none: this route takes no fields"):
        overridden("logout", LARAVEL.logout, table=RouteTable(fields={"token": "token"}))
