// What the server expects of a build: compressed twins, an id, and a sign for cargo.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** Smaller files gain nothing from compression. */
const COMPRESS_BYTES_MIN = 1024;
const TEXT = /\.(html|js|css|svg|webmanifest)$/;

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files(path) : [path];
  });
}

function compress(path: string): void {
  const text = readFileSync(path);
  if (text.length < COMPRESS_BYTES_MIN) return;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 10,
    [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
  };
  writeFileSync(`${path}.br`, brotliCompressSync(text, { params }));
  writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }));
}

export function finish(source: string): Plugin {
  const dist = join(source, "dist");
  return {
    name: "muster-finish",
    apply: (_, { command, mode }) => command === "build" && mode !== "size",
    closeBundle() {
      for (const path of files(dist)) if (TEXT.test(path)) compress(path);
      // The hash of the page names every other file by its hash, so it is the id of the build.
      const page = readFileSync(join(dist, "index.html"));
      const id = createHash("sha256").update(page).digest("hex").slice(0, 16);
      writeFileSync(join(dist, "build-id"), id);
      // The server's build script watches this file until there is a build.
      const now = new Date();
      if (statSync(join(source, "index.html")).isFile()) {
        utimesSync(join(source, "index.html"), now, now);
      }
    },
  };
}
