"""Settings that are misspelt or cannot be used are named at the start, all of them, by every command."""

import pytest

from api.server import bind, is_loopback, url_of
from api.settings import Settings

WRONG = {
    "ZHIKE_PROT": ("1", "did you mean ZHIKE_PORT?"),
    "ZHKE_HOST": ("::", "did you mean ZHIKE_HOST?"),
    "ZHIKE_COLOUR": ("red", "no setting ZHIKE_COLOUR"),
    "ZHIKE_PORT": ("eight", "ZHIKE_PORT=eight: expected a whole number"),
    "ZHIKE_ENGINE_WORKERS": ("-1", "expected at least 0"),
    "ZHIKE_ENGINE": ("sampled:1.5", "ZHIKE_ENGINE=sampled:1.5: expected every, publish, or sampled:p with p above 0"),
    "ZHIKE_TABLES": ("excel", "expected 'duckdb' or 'spark'"),
    "ZHIKE_GRAPH": ("sqlite://x", "names no graph"),
    "ZHIKE_GRAPH_CONNECT_SECONDS": ("nan", "expected a number"),
    "ZHIKE_HOST": ("  ", "it is blank"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_setting_that_cannot_be_is_named_with_what_is_expected(zhike, tmp_path, name):
    value, word = WRONG[name]
    told = zhike(tmp_path / "home", "init", **{name: value})
    assert told.returncode == 1
    assert word in told.stderr
    assert "Traceback" not in told.stderr
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("command", ["serve", "decide m1", "key li --role agent", "doctor --rules", "demo --no-serve",
                                     "rules export x.txt"])
def test_every_command_names_all_that_is_wrong_together(zhike, tmp_path, command):
    told = zhike(tmp_path, *command.split(), **{name: value for name, (value, _) in WRONG.items()})
    assert (told.returncode, told.stdout) == (1, "")
    assert all(word in told.stderr for _, word in WRONG.values())
    assert "Traceback" not in told.stderr


def test_what_a_misspelt_setting_is_set_to_is_not_told(zhike, tmp_path):
    """It may be a password."""
    assert "hush" not in zhike(tmp_path, "releases", ZHIKE_GRAPH_PASWORD="hush").stderr  # noqa: S106  # none


def test_help_is_given_whatever_the_settings(zhike, tmp_path):
    assert "serve" in zhike(tmp_path, "--help", ZHIKE_PROT="1").stdout


@pytest.mark.parametrize("told", ["never", "sampled", "sampled:", "sampled:0", "sampled:nan", "sampled:a", "every:1"])
def test_how_often_the_engine_is_asked_is_said_in_one_of_three_ways(told):
    shares = {said: Settings(engine=said).engine_share for said in ("every", "sampled:0.05", "sampled:1", "publish")}
    assert shares == {"every": 1.0, "sampled:0.05": 0.05, "sampled:1": 1.0, "publish": 0.0}
    with pytest.raises(ValueError, match="expected every, publish, or sampled:p"):
        Settings(engine=told)


def test_an_empty_setting_is_one_that_is_left_out(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.setenv(f"ZHIKE_{name.upper()}", "")
    assert Settings() == Settings.model_construct()
    assert Settings().host == "127.0.0.1"


@pytest.mark.parametrize(("host", "alone"), [("127.0.0.1", True), ("::1", True), ("0.0.0.0", False), ("::", False)])  # noqa: S104  # told apart
def test_an_address_that_others_reach_is_known_as_one(host, alone):
    with bind(host, 0) as listener:
        assert is_loopback(listener) is alone
        assert url_of(listener).startswith("http://[" if ":" in host else "http://")


def test_a_service_that_others_reach_says_what_that_means(serve_home, shop_copy, monkeypatch):
    monkeypatch.setenv("ZHIKE_HOST", "0.0.0.0")  # noqa: S104  # what is told of it
    with serve_home(shop_copy) as server:
        assert any("not encrypted" in line for line in server.lines)


def test_a_service_with_an_empty_host_listens_on_this_machine_alone(serve_home, shop_copy, monkeypatch):
    monkeypatch.setenv("ZHIKE_HOST", "")
    with serve_home(shop_copy) as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert not any("not encrypted" in line for line in server.lines)
