"""Workloads: where images come from, and whether they are pinned."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from linkerd_policies.framework.model import Setting, Settings, StackRule, switch
from linkerd_policies.framework.objects import peek
from linkerd_policies.reading.meshed_workloads import Container, Workload, for_containers, wanted
from linkerd_policies.reading.settings import MESHED_SETTINGS
from linkerd_policies.rules import groups
from linkerd_policies.rules.examples import GOOD, without

_IMAGE = "          image: registry.example/shop/cart:1.4.2\n"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_DIGESTS = switch("requireDigests", "Whether a tag is not enough, and a digest is needed.")


def _is_pinned(image: object, *, digest_needed: bool) -> bool:
    if not isinstance(image, str):
        return False
    name, _, digest = image.partition("@")
    if digest or digest_needed:
        return bool(_DIGEST.fullmatch(digest))
    # A colon before the last slash is the registry's port.
    _, _, tag = name.rpartition("/")[2].partition(":")
    return tag not in ("", "latest")


def check_pinned(workload: Workload, container: Container, settings: Settings) -> Iterator[str]:
    """An image is named by a tag that does not move, or by its digest."""
    image, path = peek(container.spec, "image"), f"{container.path}.image"
    digests = settings[_DIGESTS.name]
    what = "a digest, @sha256:..." if digests else "a tag other than latest, or a digest"
    message = f"Name the image at {path} of {workload.obj} by {what}."
    yield from wanted(workload, path, image, _is_pinned(image, digest_needed=digests), message)


IMAGE_PINNED = StackRule(
    name="linkerd-image-pinned",
    display_name="Images of meshed workloads are pinned",
    group=groups.WORKLOADS.name,
    severity=Severity.MEDIUM,
    tags=groups.WORKLOADS.tags,
    description="No image of a meshed workload is `latest` or without a tag.",
    why=(
        "`latest` can change between two starts of the same pod: a rollback then brings back "
        "nothing, and a canary compares images that nobody chose. A tag can be moved, too; "
        "`requireDigests` allows only digests, which cannot."
    ),
    remediation="Write the image as name:1.2.3, or as name@sha256:... .",
    source="https://kubernetes.io/docs/concepts/containers/images/#image-names",
    settings=(_DIGESTS, *MESHED_SETTINGS),
    check=for_containers(check_pinned),
    bad=without(_IMAGE, "          image: registry.example/shop/cart:latest\n"),
    good=GOOD,
)

_REGISTRIES = Setting(
    name="allowedRegistries",
    description="Registries, or folders in them, that images may come from; empty allows any.",
    default=[],
    limits="0 to 50 entries such as `docker.io/library` or `registry.example:5000`",
    schema={
        "type": "array",
        "items": {"type": "string", "pattern": r"^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._/-]*[a-z0-9])?$"},
        "minItems": 0,
        "maxItems": 50,
        "uniqueItems": True,
    },
)


def full_name(image: str) -> str:
    """The image's name with its registry: ``docker.io/library/redis`` for ``redis:7``.

    Source: https://github.com/distribution/reference, ``normalize.go``.
    """
    name = image.partition("@")[0]
    folder, slash, last = name.rpartition("/")
    name = folder + slash + last.partition(":")[0]
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return name if first != "docker.io" or "/" in rest else f"docker.io/library/{rest}"
    return f"docker.io/{name}" if slash else f"docker.io/library/{name}"


def check_registry(workload: Workload, container: Container, settings: Settings) -> Iterator[str]:
    """An image comes from an allowed registry."""
    allowed = settings[_REGISTRIES.name]
    if not allowed:
        return
    image, path = peek(container.spec, "image"), f"{container.path}.image"
    fine = isinstance(image, str) and any(
        f"{full_name(image)}/".startswith(f"{one}/") for one in allowed
    )
    message = (
        f"Take the image at {path} of {workload.obj} from one of {', '.join(allowed)}, or add its "
        f"registry to the rule's setting {_REGISTRIES.name}."
    )
    yield from wanted(workload, path, image, fine, message)


IMAGE_REGISTRY = StackRule(
    name="linkerd-image-registry",
    display_name="Images come from allowed registries",
    group=groups.WORKLOADS.name,
    severity=Severity.MEDIUM,
    tags=groups.WORKLOADS.tags,
    description="Images of meshed workloads come from the allowed registries.",
    why=(
        "An image in the mesh runs with a mesh identity, and every service that trusts the "
        "identity trusts the image. The default allows any registry."
    ),
    remediation="Copy the image to an allowed registry.",
    source="https://kubernetes.io/docs/concepts/containers/images/#image-names",
    settings=(_REGISTRIES, *MESHED_SETTINGS),
    example_settings={"allowedRegistries": ["registry.example/shop"]},
    check=for_containers(check_registry),
    bad=without(_IMAGE, "          image: elsewhere.example/shop/cart:1.4.2\n"),
    good=GOOD,
)

RULES = (IMAGE_PINNED, IMAGE_REGISTRY)
