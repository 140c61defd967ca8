"""A store's backup: a CronJob that dumps it into a volume of its own."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components import names
from components.config.catalogue import containers
from components.linkerd.inbound_policy import InboundPolicy
from components.resources.labels import labels
from components.workloads.engines import Engine
from components.workloads.pods import Container, pod_spec, proxy_annotations
from components.workloads.volumes import claim_spec

FOLDER = "/backup"
SECONDS_FOR_A_DUMP = 3600
_RESOURCES = containers.Resources.model_validate(
    {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}}
)
_ADMIN_SHUTDOWN = {"config.linkerd.io/proxy-admin-shutdown": "enabled"}
# A dump counts only once it is whole; the names sort by time, so the newest come first in reverse.
_SCRIPT = """\
set -eu
finish() {{ status=$?; {finish} exit $status; }}
trap finish EXIT
file={folder}/.unfinished
{dump}
mv "$file" "{folder}/$(date -u +%Y%m%dT%H%M%SZ).dump"
ls -1r {folder}/*.dump | tail -n +{first_old} | xargs -r rm --
"""
_SHUTDOWN = "wget -q -O /dev/null --post-data= http://127.0.0.1:4191/shutdown || true;"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupArgs:
    """The plan, and the store to dump.

    ``shutdown_proxy``: without native sidecars the Job's proxy would run on after the dump, so the
    Job ends it. Source: https://linkerd.io/2-edge/features/nativesidecar/
    """

    plan: containers.Backup
    engine: Engine
    namespace: str
    inbound_policy: InboundPolicy
    keep_volumes: bool
    shutdown_proxy: bool


class Backup(pulumi.ComponentResource):
    """Dumps the store on its schedule, inside the mesh, as an identity of its own."""

    def __init__(
        self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Plan the backup of the store called ``name``; its objects are ``<name>-backup``."""
        super().__init__("platform:workloads:Backup", name, None, opts)
        self._name, self._args = names.backup(name), args
        self._child = pulumi.ResourceOptions(parent=self)
        k8s.core.v1.ServiceAccount(
            self._name,
            metadata=self._metadata(),
            automount_service_account_token=False,
            opts=self._child,
        )
        self._volume()
        self._cron_job()
        self.register_outputs({})

    def _metadata(self) -> k8s.meta.v1.ObjectMetaArgs:
        return k8s.meta.v1.ObjectMetaArgs(
            name=self._name, namespace=self._args.namespace, labels=labels(self._name)
        )

    def _volume(self) -> None:
        metadata = self._metadata()
        # Many storage classes bind a volume to its first pod, which the first dump is.
        metadata.annotations = {"pulumi.com/skipAwait": "true"}
        k8s.core.v1.PersistentVolumeClaim(
            self._name,
            metadata=metadata,
            spec=claim_spec(self._args.plan.storage),
            opts=pulumi.ResourceOptions(
                parent=self, retain_on_delete=self._args.keep_volumes or None
            ),
        )

    def _cron_job(self) -> None:
        plan = self._args.plan
        job = k8s.batch.v1.JobSpecArgs(
            backoff_limit=2,
            active_deadline_seconds=SECONDS_FOR_A_DUMP,
            template=self._template(),
        )
        k8s.batch.v1.CronJob(
            self._name,
            metadata=self._metadata(),
            spec=k8s.batch.v1.CronJobSpecArgs(
                schedule=plan.schedule,
                time_zone="Etc/UTC",
                concurrency_policy="Forbid",
                job_template=k8s.batch.v1.JobTemplateSpecArgs(
                    metadata=k8s.meta.v1.ObjectMetaArgs(labels=labels(self._name)), spec=job
                ),
            ),
            opts=self._child,
        )

    def _template(self) -> k8s.core.v1.PodTemplateSpecArgs:
        shutdown = _ADMIN_SHUTDOWN if self._args.shutdown_proxy else {}
        return k8s.core.v1.PodTemplateSpecArgs(
            metadata=k8s.meta.v1.ObjectMetaArgs(
                labels=labels(self._name),
                annotations={
                    **proxy_annotations(containers.ProxyResources(), self._args.inbound_policy),
                    **shutdown,
                },
            ),
            spec=pod_spec(self._container(), service_account=self._name, restart_policy="Never"),
        )

    def _container(self) -> Container:
        found = self._args.engine
        return Container(
            name=self._name,
            image=found.image,
            user=found.user,
            resources=_RESOURCES,
            command=("sh", "-c"),
            args=(script(self._args),),
            env=found.dump_env,
            volumes={FOLDER: self._name},
            writable=("/tmp",),
        )


def script(args: BackupArgs) -> str:
    """The shell script that makes one dump and drops the oldest."""
    finish = _SHUTDOWN if args.shutdown_proxy else ""
    return _SCRIPT.format(
        finish=finish, folder=FOLDER, dump=args.engine.dump, first_old=args.plan.keep + 1
    )
