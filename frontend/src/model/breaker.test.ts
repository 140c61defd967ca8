import { expect, test } from "vitest";

import { breakerOf } from "./breaker";
import type { Outcome } from "./call";
import { sample } from "./sample";

/** A call a second, each of 10 ms. */
const calls = (...outcomes: Outcome[]) =>
  outcomes.map((outcome, index) => sample({ outcome, start: index * 1000 }));

test("failures alone do not open it", () => {
  expect(breakerOf(calls("answered", "failed", "failed"))).toEqual({
    open: false,
    opened: 0,
    refused: 0,
    lasted: 0,
  });
});

test("it is open from the first refusal on", () => {
  expect(breakerOf(calls("failed", "refused", "refused", "refused"))).toEqual({
    open: true,
    opened: 1,
    refused: 3,
    lasted: 2000,
  });
});

test("a call that reaches a pod shows that it has closed; the next refusal opens it anew", () => {
  const two = breakerOf(calls("refused", "failed", "refused", "refused", "answered"));
  expect(two).toEqual({ open: false, opened: 2, refused: 3, lasted: 1000 });
});
