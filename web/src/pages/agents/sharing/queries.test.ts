import { expect, test } from "vitest";
import type { ChatAcl, Group, GroupMember } from "@/api/generated/types";
import { candidates } from "./queries";

const member = (id: string, name = "") => ({ id, username: id, name }) as GroupMember;
const group = (id: string, members: GroupMember[]) => ({ id, name: id, members }) as Group;

test("everybody known can be added once, but the owner and those who read already", () => {
  const groups = [
    group("everyone", [member("ann"), member("zoe", "Ada"), member("ben"), member("me")]),
    group("crew", [member("zoe", "Ada")]),
  ];
  const acl = { users: [{ id: "ben" }], groups: [{ id: "crew" }] } as unknown as ChatAcl;
  const known = candidates(groups, acl, "me");
  expect(known.people.map((one) => one.id)).toEqual(["zoe", "ann"]);
  expect(known.groups.map((one) => one.id)).toEqual(["everyone"]);
});
