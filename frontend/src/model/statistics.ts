import type { Call, Outcome } from "./call";

/** Counts and latencies of some calls. Ratios are from 0 to 1, and null where nothing was counted. */
export interface Summary {
  readonly calls: number;
  readonly success: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
}

/** One version's part of the answers that named a version. */
export interface VersionSummary extends Summary {
  readonly version: string;
  readonly share: number;
}

/** The counts and latencies of calls; latencies are of answered calls alone. */
export function summarize(calls: readonly Call[]): Summary {
  const answered = calls.filter((call) => call.outcome === "answered");
  const sorted = answered.map((call) => call.milliseconds).sort((a, b) => a - b);
  return {
    calls: calls.length,
    success: calls.length === 0 ? null : answered.length / calls.length,
    p50: percentile(sorted, 50),
    p95: percentile(sorted, 95),
  };
}

/** A summary for each version, by name. The shares of one service's versions add up to 1. */
export function byVersion(calls: readonly Call[]): VersionSummary[] {
  const groups = new Map<string, Call[]>();
  for (const call of calls) {
    for (const version of call.versions) {
      const group = groups.get(version);
      if (group === undefined) groups.set(version, [call]);
      else group.push(call);
    }
  }
  const totals = new Map<string, number>();
  for (const [version, group] of groups) {
    const service = serviceOf(version);
    totals.set(service, (totals.get(service) ?? 0) + group.length);
  }
  return [...groups]
    .map(([version, group]) => ({
      version,
      share: group.length / (totals.get(serviceOf(version)) ?? group.length),
      ...summarize(group),
    }))
    .sort((a, b) => a.version.localeCompare(b.version));
}

/** How many of the calls ended in this way. */
export function count(calls: readonly Call[], outcome: Outcome): number {
  return calls.filter((call) => call.outcome === outcome).length;
}

/** The nearest-rank percentile of ascending values, or null for none. */
export function percentile(sorted: readonly number[], percent: number): number | null {
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return sorted[rank - 1] ?? null;
}

function serviceOf(version: string): string {
  return version.slice(0, version.lastIndexOf(" "));
}
