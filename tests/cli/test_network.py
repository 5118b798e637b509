"""Proxies, certificates, redirects and `.netrc`, as a user meets them."""

from pathlib import Path

import pytest

from contributor_backfill.db.supabase import RpcTransport
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.errors import BackfillError, NotConfigured
from contributor_backfill.domain.network import DIRECT, Network, network_of
from contributor_backfill.github.client import GitHubClient, new_session
from contributor_backfill.github.faults import Unusable
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands
from tests.support.entry import Done, run_here
from tests.support.raw_server import RawServer, raw_server

SECRET = "planted4711"
REFUSES = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
TRACK = ("estimate", "--repository", REPOSITORY)
SUPABASE = {"SUPABASE_URL": "https://x.invalid", "SUPABASE_SERVICE_KEY": "sb_secret_x"}


def said_by(directory: Path, variables: dict[str, str], *arguments: str) -> Done:
    return run_here({"GITHUB_TOKEN": "t", **variables}, directory, *arguments)


def test_a_proxy_that_refuses_is_named_and_its_password_is_not(tmp_path: Path) -> None:
    with raw_server(lambda _: [REFUSES]) as proxy:
        variables = {"HTTPS_PROXY": f"http://me:{SECRET}@127.0.0.1:{proxy.port}"}
        done = said_by(tmp_path, {**SUPABASE, **variables}, "status")
        with pytest.raises(NotConfigured) as refused:
            client("https://x.invalid", network_of(variables)).execute("query", {})

    for said in (done.talk, str(refused.value)):
        assert f"HTTPS_PROXY at 127.0.0.1:{proxy.port}" in said
        assert SECRET not in said
    assert done.exit_code == 3
    assert len(proxy.requests) == 2
    for head in proxy.requests:
        assert head.startswith(b"CONNECT x.invalid:443 ")
        assert b"proxy-authorization: basic " in head.lower()
        assert b"sb_secret" not in head
        assert b"ours" not in head


@pytest.mark.parametrize("way", ["http://{}:{}", "{}:{}"])
def test_a_proxy_that_is_not_there_is_named(tmp_path: Path, way: str) -> None:
    variables = {"HTTPS_PROXY": way.format("127.0.0.1", 1)}

    assert said_by(tmp_path, {**SUPABASE, **variables}, "status").exit_code == 3
    with pytest.raises(NotConfigured, match=r"HTTPS_PROXY at 127\.0\.0\.1:1"):
        client("https://x.invalid", network_of(variables)).get("/repos")


@pytest.mark.parametrize("command", [TRACK, ("status",)])
@pytest.mark.parametrize(
    "value",
    [f"http://me:{SECRET}@127.0.0.1:1", f"socks5://me:{SECRET}@127.0.0.1:1", f"no {SECRET}"],
)
def test_a_proxy_that_is_none_is_named(
    tmp_path: Path, command: tuple[str, ...], value: str
) -> None:
    done = said_by(tmp_path, {**SUPABASE, "HTTPS_PROXY": value}, *command)

    assert done.exit_code == 3
    assert "HTTPS_PROXY" in done.talk
    assert SECRET not in done.talk


@pytest.mark.parametrize("command", [TRACK, ("status",)])
@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_certificates_that_are_none_are_named(
    tmp_path: Path, command: tuple[str, ...], name: str, content: bytes | None
) -> None:
    file = tmp_path / "certificates.pem"
    if content is not None:
        file.write_bytes(content)

    done = said_by(tmp_path, {**SUPABASE, name: str(file)}, *command)

    assert done.exit_code == 3
    assert name in done.talk
    assert len(done.talk.splitlines()) == 1


def test_what_is_on_this_machine_is_asked_whatever_the_proxies_are(
    variables: dict[str, str], tmp_path: Path
) -> None:
    bad = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:1")

    done = Commands({**variables, **bad}, tmp_path).run("track", REPOSITORY)

    assert done.returncode == 0, done.stderr


def client(url: str, network: Network = DIRECT) -> GitHubClient:
    return GitHubClient(
        lambda: new_session(network), SystemClock(), token="ours", graphql_url=url, api_url=url
    )


def authorizations(server: RawServer) -> list[bytes]:
    lines = [line for head in server.requests for line in head.split(b"\r\n")]
    return [line.split(b": ", 1)[1] for line in lines if line.lower().startswith(b"authorization")]


def test_a_password_file_answers_for_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"default login ada password {SECRET}\n")
    monkeypatch.setenv("NETRC", str(netrc))
    moved = (
        b"HTTP/1.1 301 Moved\r\nLocation: /again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )

    with raw_server(lambda _: [moved]) as server:
        with pytest.raises(Unusable):
            client(server.url).get("/repos")
        with pytest.raises(BackfillError):
            RpcTransport(server.url, "sb_secret_x").call("f", {})

    *github, supabase = server.requests
    assert len(github) == 6, "renames are followed on the same server, but not for ever"
    assert set(authorizations(server)) == {b"Bearer ours"}
    assert b"apikey: sb_secret_x" in supabase.lower()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "place",
    [
        "http://127.0.0.2:{port}/x",
        "http://127.0.0.1:1/x",
        "https://127.0.0.1:{port}/x",
        "//evil.example/x",
        "http://me@127.0.0.1:{port}/x",
    ],
)
def test_nobody_is_followed_to_another_server(status: int, place: str) -> None:
    with raw_server(lambda _: answers) as server:
        location = place.format(port=server.port)
        answers = [
            f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n"
            "Connection: close\r\n\r\n".encode()
        ]
        with pytest.raises(Unusable):
            client(server.url).get("/repos")
        with pytest.raises(Unusable):
            client(server.url).execute("query", {})
        with pytest.raises(BackfillError):
            RpcTransport(server.url, "sb_secret_x").call("f", {})

    assert len(server.requests) == 3
