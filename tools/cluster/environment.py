"""The environment of every child process."""

from __future__ import annotations

import os

from tools.cluster.checkout import Checkout

_KEPT = ("LANG", "LC_ALL", "TMPDIR", "USER", "LOGNAME")


def child(checkout: Checkout) -> dict[str, str]:
    """A small, fixed environment without the user's KUBECONFIG, KWOK_* and proxies.

    ``HOME``, ``KUBECONFIG`` and ``KWOK_WORKDIR`` are in the checkout, so that neither kubectl nor
    kwokctl writes to the user's files. ``PATH`` begins with our kubectl: kwokctl downloads one if
    it finds none.
    """
    kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
    return kept | {
        "PATH": os.pathsep.join([str(checkout.bin), os.environ.get("PATH", os.defpath)]),
        "HOME": str(checkout.home),
        "KUBECONFIG": str(checkout.kubeconfig),
        "KWOK_WORKDIR": str(checkout.folder),
    }
