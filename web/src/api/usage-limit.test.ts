import { expect, test } from "vitest";
import { ApiError } from "./client";
import { usageLimitOf, usageLimitWords } from "./usage-limit";

const refusal = {
  spent_micros: 5_120_000,
  limit_micros: 5_000_000,
  resets_at: "2026-12-01T00:00:00Z",
};

test("a refusal for what was spent says how much, of how much, and until when", () => {
  const limit = usageLimitOf(new ApiError(409, { message: "No.", ...refusal } as object));
  expect(limit && usageLimitWords(limit)).toMatch(
    /^Limit of \$5\.00 used up: \$5\.12 spent\. Resets on /,
  );
  expect(usageLimitOf(new ApiError(409, { message: "Busy." }))).toBeNull();
});
