import { expect, test } from "vitest";

import { read } from "./answer";

const failure = (errors: string) => `error handling http request: ${errors}\n`;
const from = (service: string, error: string) =>
  `downstream server [http://${service}:8080] returned error: ${error}`;

test("the version is read from the payload", () => {
  const body = '{"requestUID":"in:http-sid:a-1","payload":"user v2"}';
  expect(read(200, body, 5)).toEqual({ outcome: "answered", versions: ["user v2"], blamed: [] });
});

test("an answer put together from several services names each version once", () => {
  const body = '{"payload":"products,user v1,authenticated,cart-service v1.4.0,user v1"}';
  expect(read(200, body, 5).versions).toEqual(["cart-service v1.4.0", "user v1"]);
});

test.each(["", "lucky", "{", "null", "[]", '{"payload":null}', '{"requestUID":"user v2"}x'])(
  "an answer without a payload that names a version is still one: %s",
  (body) => {
    expect(read(200, body, 5).outcome).toBe("answered");
  },
);

test("a plain text answer may name its version", () => {
  expect(read(200, "user v1", 5).versions).toEqual(["user v1"]);
});

test("a failed answer blames the callees that it names, and counts for no version", () => {
  const body = failure(
    `${from("flaky-service", "error handling http request: user v2 failed\n")},${from("user-service", "no")}`,
  );
  expect(read(500, body, 5)).toEqual({
    outcome: "failed",
    versions: [],
    blamed: ["flaky-service", "user-service"],
  });
});

test.each([
  [503, "", 900],
  [504, "", 99],
  [500, failure(from("flaky-service", "")), 3],
  [500, failure(`${from("flaky-service", "")},${from("auth-service", "no")}`), 3],
])("refused: %i %j in %i ms", (status, body, milliseconds) => {
  expect(read(status, body, milliseconds).outcome).toBe("refused");
});

test.each([
  [500, failure(from("flaky-service", "unlucky")), 3],
  [504, "", 2000],
  [404, "", 3],
  [0, "", 3],
])("failed: %i %j in %i ms", (status, body, milliseconds) => {
  expect(read(status, body, milliseconds).outcome).toBe("failed");
});
