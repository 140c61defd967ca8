"""Secrets in commands: every flag in every shape with every value, and what is no secret."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from linkerd_policies.shared.secret_arguments import gives_away, secret_arguments
from tests.policy.meshed import CONTAINER, changed
from tests.policy.support import UNKNOWN_TEXT, violations

RULE = "linkerd-no-clear-secrets"
HIDDEN = "hunter-two"

FLAGS = [
    "--password",
    "--passwd",
    "--pwd",
    "--pass",
    "--secret",
    "--token",
    "--api-key",
    "--apikey",
    "--access-key",
    "--private-key",
    "--requirepass",
    "--masterauth",
    "--auth",
    "--auth-token",
    "--authtoken",
    "--client-secret",
    "--db-password",
    "--redis.password",
    "--storepass",
    "--secretKey",
    "-password",
    "-token",
]
VALUES = [HIDDEN, "s3cr3t!", "Pa55w0rd", "a/b+c==", "12345678", "x:y", "$(A)x"]
NO_VALUES = [
    "$(PASSWORD)",
    "${PASSWORD}",
    "$PASSWORD",
    "",
    "true",
    "false",
    "/run/secrets/password",
    "./key.pem",
    "file:/run/secrets/password",
    "{{ .Values.password }}",
]
SHAPES: dict[str, tuple[str, ...]] = {
    "two arguments": ("app", "{flag}", "{value}", "--verbose"),
    "the last two": ("app", "{flag}", "{value}"),
    "one argument": ("app", "{flag}={value}"),
    "a script": ("sh", "-c", "exec app {flag} {value}"),
    "a script with equals": ("sh", "-c", "app {flag}={value} --port 80"),
    "quotes": ("sh", "-c", "app {flag} '{value}' && true"),
    "double quotes": ("sh", "-c", 'set -e; app {flag}="{value}"; sleep 1'),
    "lines": ("bash", "-ec", "app \\\n  {flag} {value} \\\n  --port 80\n"),
    "a script in a script": ("sh", "-c", "su app -c 'app {flag} {value}'"),
}


def found(shape: str, flag: str, value: str) -> list[int]:
    return list(secret_arguments([word.format(flag=flag, value=value) for word in SHAPES[shape]]))


def place(shape: str) -> int:
    return next(i for i, word in enumerate(SHAPES[shape]) if "{value}" in word)


@pytest.mark.parametrize("shape", SHAPES)
def test_each_flag_in_each_shape(shape: str) -> None:
    for flag, value in product(FLAGS, VALUES):
        if not (value.startswith("$(") and place(shape) == 2 and shape != "two arguments"):
            assert found(shape, flag, value) == [place(shape)], (flag, value)


@pytest.mark.parametrize("shape", SHAPES)
def test_references_files_and_switches_are_no_secrets(shape: str) -> None:
    for flag, value in product(FLAGS, NO_VALUES):
        assert found(shape, flag, value) == [], (flag, value)


OTHER_FLAGS = [
    "--password-file",
    "--token-url",
    "--secret-name",
    "--token-ttl",
    "--auth-mode",
    "--api-key-header",
    "--port",
    "--no-password",
    "--allow-empty-password",
    "--require-token",
    "--passwordless",
    "--compass",
    "--max-tokens",
    "--password-stdin",
    "--private-key-file",
    "--tokens",
]


@pytest.mark.parametrize("flag", OTHER_FLAGS)
def test_flags_of_other_names_hold_none(flag: str) -> None:
    assert list(secret_arguments(["app", flag, HIDDEN])) == []
    assert list(secret_arguments(["sh", "-c", f"app {flag} {HIDDEN}"])) == []


@pytest.mark.parametrize(
    ("arguments", "places"),
    [
        (["mysql", "-uroot", f"-p{HIDDEN}"], [2]),
        (["/usr/bin/mysqldump", f"-p{HIDDEN}", "shop"], [1]),
        (["sh", "-c", f"mariadb-admin ping -p{HIDDEN}"], [2]),
        (["mysql", "-p$(PASSWORD)"], []),
        (["mysql", "-p"], []),
        (["serve", "-p8080"], []),
        (["serve", "-p", "8080"], []),
        (["redis-cli", "-a", HIDDEN, "ping"], [2]),
        (["sh", "-c", f"redis-cli -a {HIDDEN} ping"], [2]),
        (["redis-cli", "-a", "$(PASSWORD)", "ping"], []),
        (["sshpass", "-p", HIDDEN, "ssh", "host"], [2]),
        (["mongosh", "-u", "app", "-p", HIDDEN], [4]),
        (["curl", "-u", f"app:{HIDDEN}", "http://web"], [2]),
        (["curl", "--user", "app:$(PASSWORD)", "http://web"], []),
        (["curl", "-H", f"Authorization: Bearer {HIDDEN}", "http://web"], [2]),
        (["curl", "-H", f"X-Api-Key: {HIDDEN}", "http://web"], [2]),
        (["curl", "-H", f"X-Api-Key:{HIDDEN}", "http://web"], [2]),
        (["curl", "-H", "Authorization: Bearer $(TOKEN)", "http://web"], []),
        (["curl", "-H", "Accept: text/html", "http://web"], []),
        (["sh", "-c", f'curl -H "Authorization: Bearer {HIDDEN}" http://web'], [2]),
        (["sh", "-c", f"PASSWORD={HIDDEN} app"], [2]),
        (["sh", "-c", f"export API_TOKEN={HIDDEN}; app"], [2]),
        (["sh", "-c", "export API_TOKEN=$(cat /run/secrets/token); app"], []),
        (["sh", "-c", "app --token `cat /run/secrets/token`"], []),
        (["sh", "-c", 'app --requirepass "$REDIS_PASSWORD"'], []),
        (["env", f"PASSWORD={HIDDEN}", "app"], [1]),
        (["java", f"-Dspring.datasource.password={HIDDEN}"], [1]),
        (["kubectl", "create", f"--from-literal=password={HIDDEN}"], [2]),
        (["app", "--auth", "basic"], []),
        (["app", "--auth=oidc"], []),
        (["mongod", "--auth", "--bind_ip_all"], []),
        (["app", "--password"], []),
        (["app", "--password", "--port", "80"], []),
        (["app", "--password", None], [2]),
        (["app", "--auth", None], []),
        (["app", None, HIDDEN], []),
        (["app", "--", "run"], []),
    ],
)
def test_arguments(arguments: list[Any], places: list[int]) -> None:
    assert list(secret_arguments(arguments)) == places


URLS = [
    "postgres://app:{}@db:5432/shop",
    "amqp://a:{}@queue",
    "redis://:{}@cache:6379/0",
    "mongodb+srv://app:{}@cluster.example/db",
    "http://web/?api_key={}",
    "https://web/path?a=b&token={}",
    "app:{}@tcp(db:3306)/shop",
    "root:{}@unix(/run/mysqld.sock)/",
    "jdbc:postgresql://db/shop?user=app&password={}",
    "Server=db;User=app;Password={};",
    "Server=db;Pwd={}",
    "AccountName=a;AccountKey={};Suffix=b",
    "host=db,password={}",
]
TEXTS = [
    *URLS,
    "host=db user=app password={} dbname=shop",
    "host=db password = '{}'",
    '{{"user": "app", "password": "{}"}}',
    "Bearer {}",
    "Authorization: Basic {}",
    "-Xmx1g -Djavax.net.ssl.trustStorePassword={}",
    "--cache --token {}",
]


@pytest.mark.parametrize("text", TEXTS)
def test_texts_give_away_a_literal_only(text: str) -> None:
    assert gives_away(text.format(HIDDEN))
    for reference in ("$(PASSWORD)", "${PASSWORD}", "$PASSWORD"):
        assert not gives_away(text.format(reference)), reference
    (message,) = violations(RULE, *changed(f"{CONTAINER}.env", [env(text.format(HIDDEN))]))
    assert "env[0].value" in message
    assert HIDDEN not in message


def env(value: str) -> dict[str, str]:
    return {"name": "SETTING", "value": value}


@pytest.mark.parametrize(
    "text",
    [
        "http://web:8080/path?mail=a:b@c",
        "https://login.example/oauth?grant_type=password&response_type=token",
        "postgres://app@db/shop?sslmode=require",
        "Basic authentication",
        "bearer",
        "PWD=/app",
        "token_ttl=1h",
        "a=b;c=d",
        "user@example.org",
        "[%t] token=%x",
        '{"password": ""}',
        '{"passwordFile": "/run/secrets/password"}',
        "-Xmx1g -XX:+UseG1GC",
        "secret",
        "max_tokens=100",
        "key=value",
    ],
)
def test_harmless_texts(text: str) -> None:
    assert not gives_away(text)


def test_a_jwt_is_a_token() -> None:
    assert gives_away(".".join(("eyJ" + "a" * 12, "eyJ" + "b" * 12, "c" * 20)))


def test_arguments_go_on_where_the_command_ends() -> None:
    manifests = changed(f"{CONTAINER}.command", ["redis-server", "--requirepass"])
    manifests[1]["spec"]["template"]["spec"]["containers"][0]["args"] = [HIDDEN]
    (message,) = violations(RULE, *manifests)
    assert "containers[0].args[0] of Deployment shop/cart" in message
    assert HIDDEN not in message


def test_an_unknown_value_of_a_secret_flag_is_refused_even_if_unknown_values_are_allowed() -> None:
    manifests = changed(f"{CONTAINER}.args", ["--password", UNKNOWN_TEXT])
    (message,) = violations(RULE, *manifests, allowUnknownValues=True)
    assert "Take the secret out of" in message
