import { expect, test } from "vitest";
import { ApiError } from "@/api/client";
import { fieldError, sentence } from "./field-error";

test("what the server says of a field becomes a sentence", () => {
  expect(sentence("is too long")).toBe("It is too long.");
  expect(sentence("The provider refused the key.")).toBe("The provider refused the key.");
});

test("only the field that was named has an error", () => {
  const error = new ApiError(400, { validations: [{ field: "email", detail: "is taken" }] });
  expect(fieldError(error, "email")).toBe("It is taken.");
  expect(fieldError(error, "name")).toBeUndefined();
  expect(fieldError(new Error("no"), "email")).toBeUndefined();
});
