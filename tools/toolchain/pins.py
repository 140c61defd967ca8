"""What is used, at which version, and which versions on PATH are supported. Data only.

A version here is also in ``tools/modules/<module>/go.mod`` (a test compares the two): change both,
run ``go mod tidy`` in that folder, then ``make tools`` and the tests.
"""

from __future__ import annotations

from tools.toolchain.model import (
    LINUX,
    Asset,
    Bundle,
    Charts,
    Embeds,
    File,
    GoBuild,
    ModuleFiles,
    Pins,
    Plugin,
    Release,
)
from tools.toolchain.versions import Range

PULUMI = "3.220.0"
LANGUAGE_PYTHON = "3.79.0"  # the last one in sdk/v3; later ones cannot be fetched as a Go module
PROVIDER_KUBERNETES = "4.18.1"
KUBERNETES = "1.35.4"
ETCD = "3.6.5"
KWOK = "0.8.0"
LINKERD = "edge-23.4.3"  # the first that the module's CHANGES.md names; it has no tag
ACTIONLINT = "1.7.12"
GATEWAY_API = "1.2.1"  # recommended by Linkerd 2.20

_KUBERNETES_LDFLAGS = " ".join(
    (
        "-s -w",
        f"-X k8s.io/component-base/version.gitVersion=v{KUBERNETES}",
        f"-X k8s.io/component-base/version.gitMajor={KUBERNETES.split('.')[0]}",
        f"-X k8s.io/component-base/version.gitMinor={KUBERNETES.split('.')[1]}",
    )
)

# Generated code of Kubernetes clients.
_CLIENT = (
    "k8s.io/api/...",
    "k8s.io/client-go/applyconfigurations/...",
    "k8s.io/client-go/informers/...",
    "k8s.io/client-go/kubernetes/...",
)

_CONTROL_PLANE = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")

_GITHUB = "https://github.com/{}/releases/download/v{{version}}/"
_ETCD_RELEASES = _GITHUB.format("etcd-io/etcd")
_KWOK_RELEASES = _GITHUB.format("kubernetes-sigs/kwok")
_ACTIONLINT_RELEASES = _GITHUB.format("rhysd/actionlint") + "actionlint_{version}_"
_PULUMI_RELEASES = "https://get.pulumi.com/releases/"


def _kubernetes(part: str, *tools: str) -> File:
    url = f"https://dl.k8s.io/v{{version}}/kubernetes-{part}-{{os}}-{{arch}}.tar.gz"
    contents = tuple(f"kubernetes/{part}/bin/{tool}" for tool in tools)
    return File(url=url, contents=contents, checksums=f"{url}.sha512")


def _plugin(name: str) -> Release:
    archive = f"pulumi-resource-{name}-v{{version}}-{{os}}-{{arch}}.tar.gz"
    checksums = f"pulumi-{name}_{{version}}_checksums.txt"
    file = File(
        url=f"{_PULUMI_RELEASES}plugins/{archive}",
        contents=(f"pulumi-resource-{name}",),
        checksums=_GITHUB.format(f"pulumi/pulumi-{name}") + checksums,
    )
    return Release(files=(file,))


_PULUMI = Bundle(
    # The official CLI has its language host and scripts beside it. They are never mixed with ours:
    # later engines run Python policy packs through their own language host.
    name="pulumi",
    tools=("pulumi", "pulumi-language-python", "pulumi-language-python-exec"),
    release=Release(
        files=(
            File(
                url=_PULUMI_RELEASES + "sdk/pulumi-v{version}-{os}-{cpu}.tar.gz",
                contents=(
                    "pulumi/pulumi",
                    "pulumi/pulumi-language-python",
                    "pulumi/pulumi-language-python-exec",
                    "pulumi/pulumi-analyzer-policy-python",
                    "pulumi/pulumi-resource-pulumi-python",
                ),
                checksums=_PULUMI_RELEASES + "sdk/pulumi-{version}-checksums.txt",
            ),
        ),
    ),
    optional=("pulumi-analyzer-policy-python", "pulumi-resource-pulumi-python"),
    side_by_side=True,
    purposes=("deploy",),
    supported=Range("3.200", "4"),
    asks=(("pulumi", ("version",)),),
    recipes=(
        GoBuild(
            name="pulumi",
            module="pulumi",
            version=PULUMI,
            packages=(("pulumi", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"),),
            checks=(("pulumi", ("version",), f"v{PULUMI}"),),
            ldflags=(
                "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v" + PULUMI
            ),
            minutes=2.5,
        ),
        GoBuild(
            name="pulumi-language-python",
            module="language-python",
            version=LANGUAGE_PYTHON,
            packages=(
                (
                    "pulumi-language-python",
                    "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python",
                ),
            ),
            checks=(("pulumi-language-python", ("-help",), "-virtualenv"),),
            ldflags=(
                "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v"
                + LANGUAGE_PYTHON
            ),
            minutes=0.4,
        ),
        ModuleFiles(
            name="pulumi-scripts",
            module="pulumi",
            source="github.com/pulumi/pulumi/sdk/v3",
            version=PULUMI,
            files=(
                "python/cmd/pulumi-language-python-exec",
                "python/dist/pulumi-analyzer-policy-python",
                "python/dist/pulumi-resource-pulumi-python",
            ),
            executable=True,
        ),
    ),
)

_KUBERNETES = Bundle(
    # Together: the API server must not be older than the other two.
    name="kubernetes",
    tools=_CONTROL_PLANE,
    release=Release(
        files=(_kubernetes("server", *_CONTROL_PLANE),),
        machines=LINUX,
    ),
    purposes=("cluster",),
    supported=Range("1.33", "1.36"),
    asks=tuple((tool, ("--version",)) for tool in _CONTROL_PLANE),
    recipes=(
        GoBuild(
            name="kubernetes",
            module="kubernetes",
            version=KUBERNETES,
            packages=tuple((tool, f"k8s.io/kubernetes/cmd/{tool}") for tool in _CONTROL_PLANE),
            checks=tuple((tool, ("--version",), f"v{KUBERNETES}") for tool in _CONTROL_PLANE),
            ldflags=_KUBERNETES_LDFLAGS,
            minutes=7.5,
        ),
    ),
)

_KUBECTL = Bundle(
    name="kubectl",
    tools=("kubectl",),
    release=Release(files=(_kubernetes("client", "kubectl"),)),
    purposes=("deploy", "cluster"),
    supported=Range("1.34", "1.37"),  # one minor either side of the API server
    asks=(("kubectl", ("version", "--client")),),
    recipes=(
        GoBuild(
            name="kubectl",
            module="kubernetes",
            version=KUBERNETES,
            packages=(("kubectl", "k8s.io/kubernetes/cmd/kubectl"),),
            checks=(("kubectl", ("version", "--client"), f"v{KUBERNETES}"),),
            ldflags=_KUBERNETES_LDFLAGS,
            minutes=0.5,
        ),
    ),
)

_ETCD = Bundle(
    name="etcd",
    tools=("etcd",),
    release=Release(
        files=(
            File(
                url=_ETCD_RELEASES + "etcd-v{version}-{os}-{arch}.tar.gz",
                contents=("etcd-v{version}-{os}-{arch}/etcd",),
                checksums=_ETCD_RELEASES + "SHA256SUMS",
            ),
        ),
        machines=LINUX,
    ),
    purposes=("cluster",),
    supported=Range("3.5", "3.7"),
    asks=(("etcd", ("--version",)),),
    recipes=(
        GoBuild(
            name="etcd",
            module="etcd",
            version=ETCD,
            packages=(("etcd", "go.etcd.io/etcd/server/v3"),),
            checks=(("etcd", ("--version",), ETCD),),
            minutes=0.6,
        ),
    ),
)

_KWOK = Bundle(
    name="kwok",
    tools=("kwok", "kwokctl"),
    release=Release(
        files=tuple(
            File(url=f"{_KWOK_RELEASES}{tool}-{{os}}-{{arch}}", contents=(tool,))
            for tool in ("kwok", "kwokctl")
        ),
    ),
    purposes=("cluster",),
    supported=Range("0.7", "0.9"),
    asks=(("kwok", ("--version",)), ("kwokctl", ("--version",))),
    recipes=(
        GoBuild(
            name="kwok",
            module="kwok",
            version=KWOK,
            packages=(
                ("kwok", "sigs.k8s.io/kwok/cmd/kwok"),
                ("kwokctl", "sigs.k8s.io/kwok/cmd/kwokctl"),
            ),
            checks=(("kwok", ("--version",), KWOK), ("kwokctl", ("--version",), KWOK)),
            ldflags=f"-s -w -X sigs.k8s.io/kwok/pkg/consts.Version={KWOK}",
            unoptimized=_CLIENT,
            minutes=2,
        ),
    ),
)

_LINKERD = Bundle(
    # Never from PATH: they must fit the control plane of these charts. Nor released but as images.
    name="linkerd",
    tools=("linkerd", "linkerd-controller", "linkerd-jaeger-injector"),
    recipes=(
        GoBuild(
            name="linkerd",
            module="linkerd",
            version=LINKERD,
            packages=(
                ("linkerd", "github.com/linkerd/linkerd2/cli"),
                ("linkerd-controller", "github.com/linkerd/linkerd2/controller/cmd"),
                ("linkerd-jaeger-injector", "github.com/linkerd/linkerd2/jaeger/injector/cmd"),
            ),
            checks=(
                ("linkerd", ("version", "--client", "--short"), LINKERD),
                ("linkerd-controller", ("destination", "-version"), LINKERD),
                ("linkerd-jaeger-injector", ("-version",), LINKERD),
            ),
            ldflags=f"-s -w -X github.com/linkerd/linkerd2/pkg/version.Version={LINKERD}",
            reads="github.com/linkerd/linkerd2",  # every command of the CLI loads the charts
            minutes=3,
        ),
    ),
)

_ACTIONLINT = Bundle(
    # For the tests of the GitHub workflows.
    name="actionlint",
    tools=("actionlint",),
    release=Release(
        files=(
            File(
                url=_ACTIONLINT_RELEASES + "{os}_{arch}.tar.gz",
                contents=("actionlint",),
                checksums=_ACTIONLINT_RELEASES + "checksums.txt",
            ),
        ),
    ),
    purposes=("quick-tests",),
    supported=Range("1.7.7", "2"),
    asks=(("actionlint", ("-version",)),),
    recipes=(
        GoBuild(
            name="actionlint",
            module="actionlint",
            version=ACTIONLINT,
            packages=(("actionlint", "github.com/rhysd/actionlint/cmd/actionlint"),),
            checks=(("actionlint", ("-version",), ACTIONLINT),),
            ldflags=f"-s -w -X github.com/rhysd/actionlint.version={ACTIONLINT}",
            minutes=0.2,
        ),
    ),
)

_PROVIDER_KUBERNETES = GoBuild(
    name="provider-kubernetes",
    module="provider-kubernetes",
    version=PROVIDER_KUBERNETES,
    packages=(("pulumi-resource-kubernetes", "."),),
    checks=(("pulumi-resource-kubernetes", ("-help",), "Usage of"),),
    ldflags=(
        "-s -w -X github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version="
        + PROVIDER_KUBERNETES
    ),
    embeds=Embeds(
        module="github.com/pulumi/pulumi-kubernetes/provider/v4",
        folder="cmd/pulumi-resource-kubernetes",
        files=("schema.json", "terraform-mapping.json"),
    ),
    unoptimized=("github.com/pulumi/pulumi-kubernetes/sdk/v4/...", *_CLIENT),
    minutes=8,
)

_CHARTS = Charts(
    name="charts",
    module="linkerd",
    source="github.com/linkerd/linkerd2",
    version=LINKERD,
    charts=(
        "charts/linkerd-crds",
        "charts/linkerd-control-plane",
        "viz/charts/linkerd-viz",
        "jaeger/charts/linkerd-jaeger",
    ),
    partials="charts/partials",
)

_GATEWAY_API = ModuleFiles(
    name="gateway-api",
    module="gateway-api",
    source="sigs.k8s.io/gateway-api",
    version=GATEWAY_API,
    files=tuple(
        f"config/crd/standard/gateway.networking.k8s.io_{kind}.yaml"
        for kind in ("gatewayclasses", "gateways", "grpcroutes", "httproutes", "referencegrants")
    ),
)

PINS = Pins(
    bundles=(_PULUMI, _KUBERNETES, _KUBECTL, _ETCD, _KWOK, _LINKERD, _ACTIONLINT),
    plugins=(
        Plugin(
            name="kubernetes",
            package="pulumi-kubernetes",
            supported=Range("4.18", "5"),
            recipe=_PROVIDER_KUBERNETES,
            release=_plugin("kubernetes"),
        ),
        Plugin(
            name="random",
            package="pulumi-random",
            supported=Range("4.16", "5"),
            release=_plugin("random"),
        ),
        Plugin(
            name="tls", package="pulumi-tls", supported=Range("5.0", "6"), release=_plugin("tls")
        ),
    ),
    assets=(
        Asset(name="charts", recipe=_CHARTS, purposes=("deploy", "quick-tests")),
        Asset(
            name="gateway-api",
            recipe=_GATEWAY_API,
            purposes=("deploy", "cluster", "quick-tests"),
        ),
    ),
)
