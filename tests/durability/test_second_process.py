"""A second process on one home speaks to the service that holds it, or is told who does."""

import json

from api.settings import Settings
from api.startup import open_service


def test_a_command_is_told_who_holds_the_base_also_where_a_killed_service_has_left_its_address(home, zhike):
    (home / "service").write_text(json.dumps({"url": "http://127.0.0.1:9", "key": "nobody"}), encoding="utf-8")
    with open_service(Settings(home=home, engine_workers=0)):
        refused = zhike(home, "releases")
    assert refused.returncode == 1
    assert "is held by process" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_commands_work_beside_a_service_and_those_that_cannot_say_why_not(home, zhike, serve_home, tmp_path):
    with serve_home(home):
        for words in (["decide", "m1"], ["releases"], ["levers", "set", "survey=1.2"], ["publish"],
                      ["knowledge", "list"], ["runs", "list"]):
            finished = zhike(home, *words)
            assert finished.returncode == 0, finished.stderr
        assert zhike(home, "backup", str(tmp_path / "kept.zhike")).returncode == 0
        for words in (["serve"], ["restore", str(tmp_path / "kept.zhike"), "--force"]):  # another owner, another base
            refused = zhike(home, *words)
            assert refused.returncode == 1
            assert "is held by process" in refused.stderr
            assert "stop that process" in refused.stderr
