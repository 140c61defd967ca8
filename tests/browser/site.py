"""The frontend as it is deployed: a real nginx with the files that the catalogue mounts."""

from __future__ import annotations

import getpass
import grp
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from tests.browser import programs
from tests.browser.webdriver import SECONDS, wait_for
from tools import paths

CONF = "etc/nginx/conf.d/default.conf"
# What the image's own nginx.conf says around our file, with every written path in one folder.
AROUND = """\
daemon off;
user {user} {group};
worker_processes 1;
error_log {folder}/error.log;
pid {folder}/pid;
events {{}}
http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log off;
    client_body_temp_path {folder}/client;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/{conf};
}}
"""


@contextmanager
def serve(folder: Path, gateway_port: int) -> Iterator[str]:
    """Serve from the folder; yields the page's URL."""
    _mount(folder)
    port = _free_port()
    conf = folder / CONF
    text = conf.read_text()
    for old, new in (
        ("listen 8080;", f"listen 127.0.0.1:{port};"),
        ("root /usr", f"root {folder}/usr"),
        ("http://api-gateway:8080;", f"http://127.0.0.1:{gateway_port};"),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    conf.write_text(text)
    group = grp.getgrgid(os.getgid()).gr_name
    around = AROUND.format(folder=folder, conf=CONF, user=getpass.getuser(), group=group)
    (folder / "nginx.conf").write_text(around)
    process = subprocess.Popen([programs.path("nginx"), "-c", str(folder / "nginx.conf")])
    try:
        wait_for(lambda: (process.poll(), _listens(port)), lambda state: state != (None, False))
        assert process.poll() is None, (folder / "error.log").read_text()
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(SECONDS)


def _mount(folder: Path) -> None:
    catalogue = yaml.safe_load((paths.ROOT / "services.yaml").read_text())
    for target, source in catalogue["services"]["frontend"]["files"].items():
        file = folder / target.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(paths.ROOT / source, file)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
