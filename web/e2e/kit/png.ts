// Just enough of PNG: reads what the browser's screenshots are, writes grey pictures.
import { deflateSync, inflateSync } from "node:zlib";

export interface Picture {
  width: number;
  height: number;
  /** 1 (grey), 3 or 4 bytes per pixel, row by row. */
  channels: number;
  data: Uint8Array;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 6: 4 };

/** Paeth's predictor: whichever neighbour is nearest to left + above - corner. */
function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner;
  const [l, a, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)];
  if (l <= a && l <= c) return left;
  return a <= c ? above : corner;
}

/** Undoes the filter of one row in place; `above` is the finished row before it. */
function unfilter(kind: number, row: Uint8Array, above: Uint8Array, step: number): void {
  for (let at = 0; at < row.length; at += 1) {
    const left = at >= step ? (row[at - step] ?? 0) : 0;
    const up = above[at] ?? 0;
    const corner = at >= step ? (above[at - step] ?? 0) : 0;
    const add = [0, left, up, (left + up) >> 1, kind === 4 ? paeth(left, up, corner) : 0][kind];
    row[at] = ((row[at] ?? 0) + (add ?? 0)) & 0xff;
  }
}

export function decodePng(file: Uint8Array): Picture {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) throw new Error("not a PNG");
  let header: Buffer | undefined;
  const parts: Buffer[] = [];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (type === "IHDR") header = body;
    if (type === "IDAT") parts.push(body);
    at += 12 + length;
  }
  if (!header) throw new Error("a PNG without a header");
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = CHANNELS[header[9] ?? -1];
  if (header[8] !== 8 || header[12] !== 0 || !channels) throw new Error("an unusual PNG");
  const raw = inflateSync(Buffer.concat(parts));
  const line = width * channels;
  const data = new Uint8Array(height * line);
  let above: Uint8Array = new Uint8Array(line);
  for (let y = 0; y < height; y += 1) {
    const from = y * (line + 1);
    const row = data.subarray(y * line, (y + 1) * line);
    row.set(raw.subarray(from + 1, from + 1 + line));
    unfilter(raw[from] ?? 0, row, above, channels);
    above = row;
  }
  return { width, height, channels, data };
}

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (CRC[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

function chunk(type: string, body: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), body]);
  const out = Buffer.alloc(named.length + 8);
  out.writeUInt32BE(body.length, 0);
  named.copy(out, 4);
  out.writeUInt32BE(crc(named), named.length + 4);
  return out;
}

/** A grey picture as a file. Rows are stored as differences to the row above: small files. */
export function encodeGrey({ width, height, data }: Picture): Buffer {
  const raw = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y += 1) {
    raw[y * (width + 1)] = 2;
    for (let x = 0; x < width; x += 1) {
      const up = y > 0 ? (data[(y - 1) * width + x] ?? 0) : 0;
      raw[y * (width + 1) + 1 + x] = ((data[y * width + x] ?? 0) - up) & 0xff;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const packed = deflateSync(raw, { level: 9 });
  const pieces = [chunk("IHDR", header), chunk("IDAT", packed), chunk("IEND", new Uint8Array())];
  return Buffer.concat([SIGNATURE, ...pieces]);
}
