import { describe, expect, it } from "vitest";

import { summary } from "./summary.ts";

describe("summary", () => {
  it("names everybody", () => {
    expect(summary(200, ["Ada", "Bo"])).toEqual(["Ada: 1.00 EUR", "Bo: 1.00 EUR"]);
  });

  it("loses no cent on the way", () => {
    expect(summary(101, ["Ada", "Bo"])).toEqual(["Ada: 0.51 EUR", "Bo: 0.50 EUR"]);
  });
});
