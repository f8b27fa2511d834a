import { beforeEach, expect, it, vi } from "vitest";
import { recallSessions, rememberSessions, TERMINALS_MAX, withNew, without } from "./sessions";

const kept = new Map<string, string>();

beforeEach(() => {
  kept.clear();
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
    removeItem: (name: string) => kept.delete(name),
  });
});

it("begins with one terminal and finds the same ones after a reload", () => {
  const first = recallSessions("agent");
  expect(first.ids).toHaveLength(1);
  const two = withNew(first);
  expect(two.active).toBe(two.ids[1]);
  rememberSessions("agent", two);
  expect(recallSessions("agent")).toEqual(two);
  expect(recallSessions("other agent").ids).not.toEqual(two.ids);
});

it("needs no more than a page without HTTPS has", () => {
  vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
  const { active } = recallSessions("agent");
  expect(active).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  vi.unstubAllGlobals();
});

it("takes nothing from storage that is no list of ids", () => {
  for (const rubbish of ["not json", "{}", '{"ids":[1,"x"]}', '{"ids":"x"}', "null"]) {
    kept.set("muster.terminals.agent", rubbish);
    const { ids, active } = recallSessions("agent");
    expect(ids).toEqual([active]);
  }
});

it("goes to the neighbour when one is closed, and never to none", () => {
  const three = withNew(withNew(recallSessions("agent")));
  const [a, b, c] = three.ids as [string, string, string];
  expect(without({ ...three, active: b }, b)).toEqual({ ids: [a, c], active: c });
  expect(without({ ...three, active: c }, c)).toEqual({ ids: [a, b], active: b });
  expect(without({ ...three, active: a }, c)).toEqual({ ids: [a, b], active: a });
  const last = without({ ids: [a], active: a }, a);
  expect(last.ids).toHaveLength(1);
  expect(last.active).not.toBe(a);
});

it("opens no more than it may", () => {
  let all = recallSessions("agent");
  for (let at = 0; at < TERMINALS_MAX + 3; at += 1) all = withNew(all);
  expect(all.ids).toHaveLength(TERMINALS_MAX);
});
