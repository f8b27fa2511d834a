// Names of files, which messages leave out: those this page has sent, and those a chat lists.
import { useSyncExternalStore } from "react";

export interface KnownFile {
  name: string;
  /** Bytes. */
  size: number;
}

let known: ReadonlyMap<string, KnownFile> = new Map();
const listeners = new Set<() => void>();

export function noteFiles(files: readonly ({ fileId: string } & KnownFile)[]): void {
  const fresh = files.filter((file) => known.get(file.fileId)?.name !== file.name);
  if (fresh.length === 0) return;
  const next = new Map(known);
  for (const { fileId, name, size } of fresh) next.set(fileId, { name, size });
  known = next;
  for (const listener of listeners) listener();
}

export function noteFile(file: { fileId: string } & KnownFile): void {
  noteFiles([file]);
}

export function knownFile(fileId: string): KnownFile | undefined {
  return known.get(fileId);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Looks names up, and renders anew when more are known. */
export function useKnownFiles(): (fileId: string) => KnownFile | undefined {
  const files = useSyncExternalStore(subscribe, () => known);
  return (fileId) => files.get(fileId);
}
