import { expect, test } from "vitest";

import { sample } from "./sample";
import { byVersion, count, percentile, summarize } from "./statistics";

test("percentiles are of the nearest rank", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  expect([0, 1, 50, 95, 100].map((p) => percentile(hundred, p))).toEqual([1, 1, 50, 95, 100]);
  expect(percentile([7], 95)).toBe(7);
  expect(percentile([], 50)).toBeNull();
});

test("nothing has no rates", () => {
  expect(summarize([])).toEqual({ calls: 0, success: null, p50: null, p95: null });
  expect(byVersion([])).toEqual([]);
});

test("a failure lowers the success and leaves the latencies alone", () => {
  const calls = [
    sample({ milliseconds: 30 }),
    sample({ milliseconds: 4 }),
    sample({ milliseconds: 10 }),
    sample({ outcome: "failed", milliseconds: 9000 }),
  ];
  expect(summarize(calls)).toEqual({ calls: 4, success: 0.75, p50: 10, p95: 30 });
  expect(count(calls, "failed")).toBe(1);
  expect(count(calls, "refused")).toBe(0);
});

test("a canary's share is of the answers that named a version of its service", () => {
  const calls = [
    ...Array.from({ length: 9 }, () => sample({ versions: ["cart v7", "user v1"] })),
    sample({ versions: ["user v2"], milliseconds: 20 }),
    sample(),
    sample({ outcome: "failed" }),
  ];
  const shares = byVersion(calls).map(({ version, share, calls: number }) => [version, share, number]);
  expect(shares).toEqual([
    ["cart v7", 1, 9],
    ["user v1", 0.9, 9],
    ["user v2", 0.1, 1],
  ]);
  expect(byVersion(calls).at(-1)?.p50).toBe(20);
});
