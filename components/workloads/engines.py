"""What differs between the kinds of data store, without Pulumi."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.config.catalogue.containers import Probe, Resources, SecretRef
from components.config.catalogue.model import PostgreSQL, Redis
from components.names import credentials
from components.workloads.pods import Container
from components.workloads.services import ServicePort

DATABASE_USER = "app"
REDIS_USER = 999
"""The user ``redis`` of the official image, in its Alpine variant.

Source: https://github.com/docker-library/redis (Dockerfile for Alpine)
"""
POSTGRESQL_USER = 70
"""The user ``postgres`` of the official image's Alpine variant; the Debian variant has 999.

Source: https://github.com/docker-library/postgres (Dockerfile for Alpine)
"""
RESOURCES = Resources.model_validate(
    {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}}
)
# The image reads POSTGRES_PASSWORD only if the volume is empty. So each start sets the password
# through the socket, which needs no password. The password contains only letters and digits.
_SET_PASSWORD = """\
for _ in $(seq 60); do
  psql -q -U "$POSTGRES_USER" -d postgres \
    -c "ALTER USER $POSTGRES_USER PASSWORD '$POSTGRES_PASSWORD'" && exit 0
  sleep 1
done
exit 1
"""
_DUMP_POSTGRESQL = 'pg_dump --format=custom --file="$file"'
_DUMP_REDIS = 'redis-cli -h "$HOST" --rdb "$file"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """One store. ``url`` is a template with ``{password}``.

    ``dump`` is the shell command that writes a dump to ``$file``, ``dump_env`` its variables.
    """

    image: str
    port: int
    user: int
    url: str
    data_path: str
    args: tuple[str, ...]
    env: Mapping[str, str | SecretRef]
    probe: Probe
    writable: tuple[str, ...]
    post_start: tuple[str, ...]
    dump: str
    dump_env: Mapping[str, str | SecretRef]

    @property
    def service_port(self) -> ServicePort:
        """The port, opaque to Linkerd."""
        return ServicePort(number=self.port, protocol="tcp")

    def container(self, name: str) -> Container:
        """The store's container."""
        return Container(
            name=name,
            image=self.image,
            ports=[self.service_port],
            user=self.user,
            resources=RESOURCES,
            args=self.args,
            env=self.env,
            probe=self.probe,
            post_start=self.post_start,
            writable=self.writable,
            data_path=self.data_path,
        )


def engine(name: str, store: Redis | PostgreSQL, host: str | None = None) -> Engine:
    """The engine of a store. ``host`` is the address for its clients, by default its name."""
    password = SecretRef(secret=credentials(name), key="password")
    host = host or name
    if store.kind == "redis":
        return _redis(host, store, password)
    return _postgresql(host, store, password)


def _redis(host: str, store: Redis, password: SecretRef) -> Engine:
    return Engine(
        image=store.image,
        port=store.port,
        user=REDIS_USER,
        url=f"redis://:{{password}}@{host}:{store.port}/0",
        data_path="/data",
        args=("--requirepass", "$(REDISCLI_AUTH)", "--appendonly", "yes"),
        env={"REDISCLI_AUTH": password},
        probe=Probe.model_validate({"exec": ["redis-cli", "ping"]}),
        writable=(),
        post_start=(),
        dump=_DUMP_REDIS,
        dump_env={"REDISCLI_AUTH": password, "HOST": host},
    )


def _postgresql(host: str, store: PostgreSQL, password: SecretRef) -> Engine:
    database = store.database
    return Engine(
        image=store.image,
        port=store.port,
        user=POSTGRESQL_USER,
        url=f"postgresql://{DATABASE_USER}:{{password}}@{host}:{store.port}/{database}",
        data_path="/var/lib/postgresql/data",
        args=(),
        env={
            "POSTGRES_USER": DATABASE_USER,
            "POSTGRES_PASSWORD": password,
            "POSTGRES_DB": database,
            # initdb needs an empty folder, and a volume's root may contain lost+found.
            "PGDATA": "/var/lib/postgresql/data/pgdata",
        },
        probe=Probe.model_validate({"exec": ["pg_isready", "-U", DATABASE_USER, "-d", database]}),
        writable=("/var/run/postgresql", "/tmp"),
        post_start=("sh", "-c", _SET_PASSWORD),
        dump=_DUMP_POSTGRESQL,
        dump_env={
            "PGHOST": host,
            "PGUSER": DATABASE_USER,
            "PGPASSWORD": password,
            "PGDATABASE": database,
        },
    )
