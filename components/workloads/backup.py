"""A store's backup: a CronJob that writes dumps to its own volume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components import names
from components.config.catalogue import containers
from components.resources.labels import labels
from components.resources.objects import SKIP_AWAIT, Context
from components.workloads.engines import RESOURCES, Engine
from components.workloads.pods import Container, Stop, pod_spec, proxy_annotations
from components.workloads.volumes import claim_spec

FOLDER = "/backup"
SECONDS_FOR_A_DUMP = 3600
_ADMIN_SHUTDOWN = {"config.linkerd.io/proxy-admin-shutdown": "enabled"}
# A dump gets its final name once it is complete. The names sort by time; `ls -r` lists the newest
# first.
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
    """The plan, and the store to dump."""

    plan: containers.Backup
    engine: Engine
    context: Context


class Backup(pulumi.ComponentResource):
    """Dumps the store on a schedule, in the mesh, with its own identity.

    Without native sidecars the Job's proxy would keep running after the dump, so the Job ends it.
    Source: https://linkerd.io/2-edge/features/nativesidecar/
    """

    def __init__(
        self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Plan the backup of the store called ``name``; its objects are ``<name>-backup``."""
        super().__init__("platform:workloads:Backup", name, None, opts)
        self._name, self._args = names.backup(name), args
        self._child = pulumi.ResourceOptions(parent=self)
        account = args.context.service_account(self._name, self._child)
        self._cron_job([account, self._volume()])
        self.register_outputs({})

    def _volume(self) -> k8s.core.v1.PersistentVolumeClaim:
        context = self._args.context
        return k8s.core.v1.PersistentVolumeClaim(
            self._name,
            # Many storage classes bind a volume to its first pod, so not before the first dump.
            metadata=context.metadata(self._name, annotations=SKIP_AWAIT),
            spec=claim_spec(self._args.plan.storage),
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=context.keep_volumes or None),
        )

    def _cron_job(self, before: Sequence[pulumi.Resource]) -> None:
        plan = self._args.plan
        job = k8s.batch.v1.JobSpecArgs(
            backoff_limit=2,
            active_deadline_seconds=SECONDS_FOR_A_DUMP,
            template=self._template(),
        )
        k8s.batch.v1.CronJob(
            self._name,
            metadata=self._args.context.metadata(self._name),
            spec=k8s.batch.v1.CronJobSpecArgs(
                schedule=plan.schedule,
                time_zone="Etc/UTC",
                concurrency_policy="Forbid",
                job_template=k8s.batch.v1.JobTemplateSpecArgs(
                    metadata=k8s.meta.v1.ObjectMetaArgs(labels=labels(self._name)), spec=job
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(before)),
        )

    def _template(self) -> k8s.core.v1.PodTemplateSpecArgs:
        context = self._args.context
        return k8s.core.v1.PodTemplateSpecArgs(
            metadata=k8s.meta.v1.ObjectMetaArgs(
                labels=labels(self._name),
                annotations={
                    **proxy_annotations(containers.ProxyResources()),
                    **context.pod_annotations,
                    **({} if context.native_sidecars else _ADMIN_SHUTDOWN),
                },
            ),
            spec=pod_spec(
                [self._container()],
                service_account=self._name,
                stop=Stop(),
                restart_policy="Never",
            ),
        )

    def _container(self) -> Container:
        engine = self._args.engine
        return Container(
            name=self._name,
            image=engine.image,
            user=engine.user,
            resources=RESOURCES,
            command=("sh", "-c"),
            args=(script(self._args),),
            env=engine.dump_env,
            volumes={FOLDER: self._name},
            writable=("/tmp",),
        )


def script(args: BackupArgs) -> str:
    """The shell script that writes one dump and deletes the oldest."""
    finish = "" if args.context.native_sidecars else _SHUTDOWN
    return _SCRIPT.format(
        finish=finish, folder=FOLDER, dump=args.engine.dump, first_old=args.plan.keep + 1
    )
