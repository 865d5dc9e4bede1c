import { describe, expect, it } from "vitest";

import { share } from "./share.ts";

describe("share", () => {
  it("splits evenly where that is possible", () => {
    expect(share(900, 3)).toEqual([300, 300, 300]);
  });

  it("gives the odd cents to the first ones", () => {
    expect(share(1000, 3)).toEqual([334, 333, 333]);
  });
});
