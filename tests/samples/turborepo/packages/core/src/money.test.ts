import { expect, test } from "vitest";

import { euros } from "./money.ts";

test.each([
  [0, "0.00 EUR"],
  [5, "0.05 EUR"],
  [123456, "1234.56 EUR"],
])("%i cents are %s", (cents, shown) => {
  expect(euros(cents)).toBe(shown);
});

test.skip("thousands are grouped", () => {
  expect(euros(123456)).toBe("1,234.56 EUR");
});
