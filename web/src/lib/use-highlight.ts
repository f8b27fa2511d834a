import { useEffect, useState } from "react";
import { highlight, type Piece } from "./highlight";

/** Coloured lines when they are ready; null before that and where there is no grammar. */
export function useHighlight(code: string, language: string | null): Piece[][] | null {
  const [done, setDone] = useState<{ code: string; lines: Piece[][] | null } | null>(null);
  useEffect(() => {
    if (!language) return;
    let current = true;
    highlight(code, language).then(
      (lines) => current && setDone({ code, lines }),
      // Without colours it reads as well.
      () => {},
    );
    return () => {
      current = false;
    };
  }, [code, language]);
  return done && done.code === code ? done.lines : null;
}
