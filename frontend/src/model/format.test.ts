import { expect, test } from "vitest";

import { counted, duration, percent } from "./format";

test("numbers for people", () => {
  expect([percent(null), percent(0), percent(0.1), percent(1)]).toEqual(["–", "0.0 %", "10.0 %", "100.0 %"]);
  expect([null, 0.42, 9.96, 12.4, 2000, 30_000].map(duration)).toEqual([
    "–",
    "0.4 ms",
    "10.0 ms",
    "12 ms",
    "2000 ms",
    "30 s",
  ]);
  expect([0, 1, 2].map((number) => counted(number, "call"))).toEqual(["0 calls", "1 call", "2 calls"]);
});
