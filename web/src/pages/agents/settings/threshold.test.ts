import { expect, test } from "vitest";
import { percentOf } from "./threshold";

test("a percentage is whole and between 0 and 100", () => {
  expect([percentOf("0"), percentOf(" 70 %"), percentOf("100")]).toEqual([0, 70, 100]);
  for (const wrong of ["", "101", "-1", "7.5", "seventy", "1e2", "9999"]) {
    expect(percentOf(wrong)).toBeUndefined();
  }
});
