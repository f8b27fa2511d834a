import { expect, test } from "vitest";
import type { User } from "@/api/generated/types";
import { differs, held } from "./held";

test("roles of the server count, membership and organizations do not", () => {
  const roles = [
    { name: "owner", display_name: "Owner" },
    { name: "member", display_name: "Member" },
    { name: "organization-admin", display_name: "Admin", organization_id: "1" },
  ];
  expect(held({ roles } as User)).toEqual(["owner"]);
});

test("order is no change", () => {
  expect(differs(["a", "b"], ["b", "a"])).toBe(0);
  expect(differs(["a"], ["b"])).toBe(2);
});
