// Screenshots against what was seen and found good. The committed pictures are grey and a
// quarter as wide: they tell a moved layout from another version's way to draw a letter.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { decodePng, encodeGrey, type Picture } from "./png";

const SCALE = 4;
/** Levels of 256 that a pixel may be off. */
const LEVELS_MAX = 24;
/** Share of pixels that may be further off than that. */
const SHARE_MAX = 0.02;
/** What is drawn anew where pictures are: small changes must not add up until one is too much. */
const SHARE_REDRAWN = 0.004;

const BASELINES = join(import.meta.dirname, "../baselines");

/** Whether what is seen now becomes the baseline (`cargo xtask test --bless-ui`). */
export const BLESS = process.env.MUSTER_BLESS_UI === "1";

function grey(data: Uint8Array, at: number, channels: number): number {
  if (channels < 3) return data[at] ?? 0;
  const [red, green, blue] = [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

/** Every pixel is the mean of four by four, or of what is left of them at the edges. */
export function quarter({ width, height, channels, data }: Picture): Picture {
  const small = { width: Math.ceil(width / SCALE), height: Math.ceil(height / SCALE) };
  const sums = new Float64Array(small.width * small.height);
  const counts = new Uint8Array(sums.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = Math.floor(y / SCALE) * small.width + Math.floor(x / SCALE);
      sums[at] = (sums[at] ?? 0) + grey(data, (y * width + x) * channels, channels);
      counts[at] = (counts[at] ?? 0) + 1;
    }
  }
  const means = Uint8Array.from(sums, (sum, at) => Math.round(sum / (counts[at] ?? 1)));
  return { ...small, channels: 1, data: means };
}

/** What tells two pictures apart, or nothing where they are alike enough. */
export function difference(
  seen: Picture,
  wanted: Picture,
  max = BLESS ? SHARE_REDRAWN : SHARE_MAX,
): string | undefined {
  if (seen.width !== wanted.width || seen.height !== wanted.height) {
    return `it is ${seen.width} × ${seen.height}, not ${wanted.width} × ${wanted.height}`;
  }
  const off = seen.data.filter(
    (level, at) => Math.abs(level - (wanted.data[at] ?? 0)) > LEVELS_MAX,
  );
  const share = off.length / seen.data.length;
  return share > max ? `${(share * 100).toFixed(1)} % of it differs` : undefined;
}

function fileOf(name: string): string {
  return join(BASELINES, `${name}.png`);
}

/** Compares a screenshot with its baseline; with `BLESS` it becomes it unless nothing moved. */
export function compare(name: string, png: Uint8Array): string | undefined {
  const file = fileOf(name);
  const seen = quarter(decodePng(png));
  const wanted = existsSync(file) ? decodePng(readFileSync(file)) : undefined;
  const found = wanted ? difference(seen, wanted) : "it has no baseline";
  if (!found || !BLESS) return found;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, encodeGrey(seen));
  return undefined;
}

/** Baselines of a group that no state has any more. `BLESS` removes them. */
export function leftovers(group: string, names: readonly string[]): string[] {
  const folder = join(BASELINES, group);
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const known = new Set(names.map((name) => `${name}.png`));
  const left = files.filter((file) => !known.has(file));
  if (!BLESS) return left;
  for (const file of left) rmSync(join(folder, file));
  return [];
}
