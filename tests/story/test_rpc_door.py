"""The HTTPS door: who comes in, what it refuses, and how it says so."""

import base64
import json

import pytest
from dmsstack import RpcError

JSON = {"Content-Type": "application/json"}
CALL = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "list_sg"}).encode()


def exchange(world, verb="POST", path="/admin_dms", body=CALL, **headers):
    status, _, data = world.rpc.exchange(
        verb, path, body, {**world.rpc.headers, **{k.replace("_", "-"): v for k, v in headers.items()}})
    return status, data


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_no_credentials_401(world):
    status, headers, _ = world.rpc.exchange("POST", "/admin_dms", CALL, JSON)
    assert status == 401 and headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize("user,password", [("admin-dms", "wrong"), ("nobody", "x"), ("", "")])
def test_wrong_credentials_401(world, user, password):
    assert exchange(world, Authorization=basic(user, password))[0] == 401


def test_a_user_of_another_access_point_does_not_come_in(world):
    assert exchange(world, path="/hosted_dms")[0] == 401


def test_an_unknown_path_404(world):
    assert exchange(world, path="/no_such_door")[0] == 404


@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE"])
def test_another_verb_405(world, verb):
    assert exchange(world, verb, body=None)[0] == 405


def test_a_body_over_the_limit_413(world):
    body = b'{"jsonrpc":"2.0","id":1,"method":"' + b"x" * (2 << 20) + b'"}'
    try:
        assert exchange(world, body=body)[0] == 413
    finally:
        world.rpc.close()


def test_another_content_type_400(world):
    assert exchange(world, Content_Type="text/html")[0] == 400


def test_no_json_is_a_parse_error(world):
    status, data = exchange(world, body=b"{nonsense")
    assert status == 200 and json.loads(data)["error"]["code"] == -32700


@pytest.mark.parametrize("body", [b"7", b'"x"', b"[]", b'{"id":1}',
                                  b'{"jsonrpc":"3.0","id":1,"method":"list_sg"}',
                                  b'{"jsonrpc":"2.0","id":1,"method":"_hidden"}'])
def test_no_envelope_is_an_invalid_request(world, body):
    status, data = exchange(world, body=body)
    assert status == 200 and json.loads(data)["error"]["code"] == -32600


def test_an_unknown_method(world):
    with pytest.raises(RpcError) as refusal:
        world.rpc("no_such_method")
    assert refusal.value.code == -32601


@pytest.mark.parametrize("params", [{}, {"name": 7}, {"name": "x.test", "extra": 1}, {"name": None}])
def test_wrong_parameters(world, params):
    with pytest.raises(RpcError) as refusal:
        world.rpc("show_zone", **params)
    assert refusal.value.code == -32602


def test_an_error_names_the_thing(world):
    with pytest.raises(RpcError) as refusal:
        world.rpc("show_zone", name="nowhere.test")
    assert refusal.value.code == -28
    assert refusal.value.data["name"] == "nowhere.test."
    assert refusal.value.data["exception_type"] == "BaseJsonRpcError.DMSError.ZoneNotFound"


def test_a_batch_answers_each_call(world):
    zone = world.fresh_name()
    calls = [{"jsonrpc": "2.0", "id": "a", "method": "list_sg"},
             {"jsonrpc": "2.0", "id": "b", "method": "show_zone", "params": {"name": zone}},
             {"jsonrpc": "2.0", "id": 0, "method": "no_such_method"},
             {"jsonrpc": "2.0", "id": "d", "method": "list_server"}]
    replies = {r["id"]: r for r in world.rpc.post(calls)}
    assert set(replies) == {"a", "b", 0, "d"}
    assert replies["b"]["error"]["code"] == -28
    assert replies[0]["error"]["code"] == -32601
    assert isinstance(replies["a"]["result"], list) and isinstance(replies["d"]["result"], list)


def test_text_beyond_ascii_comes_back_as_it_was(world):
    zone = world.make_zone(";| Café am Zürichsee", "www IN A 192.0.2.1")
    assert "Café am Zürichsee" in world.rpc("show_zone_text", name=zone.name)["zi_text"]


def test_a_thousand_calls_on_one_connection(world):
    for _ in range(1000):
        assert world.rpc("list_sg")
