import { recall, remember } from "../storage";

/** Tabs play one after the other, and only one of them plays each piece of news. */
const LOCK = "muster.chime";
const REMEMBERED_MAX = 20;
const NOTES_HZ = [659.25, 987.77];
const NOTE_S = 0.14;
const LOUD = 0.12;

/** Whether this browser has not played that news yet; notes that it has now. */
export function isFirst(news: string): boolean {
  const played = (recall("chimed") ?? "").split("\n");
  if (played.includes(news)) return false;
  remember("chimed", [news, ...played].slice(0, REMEMBERED_MAX).join("\n"));
  return true;
}

/** Two notes. Made here, so that there is no file to fetch. */
export async function playChime(): Promise<void> {
  const context = new AudioContext();
  try {
    // Before the person has touched the page a browser keeps it silent.
    await Promise.race([context.resume(), after(0.5)]);
    if (context.state !== "running") return;
    const gain = context.createGain();
    gain.connect(context.destination);
    const start = context.currentTime;
    const end = start + NOTE_S * (NOTES_HZ.length + 2);
    gain.gain.setValueAtTime(LOUD, start);
    gain.gain.exponentialRampToValueAtTime(0.001, end);
    const notes = NOTES_HZ.map((hz, index) => {
      const note = context.createOscillator();
      note.frequency.value = hz;
      note.connect(gain);
      note.start(start + index * NOTE_S);
      note.stop(end);
      return new Promise((done) => {
        note.onended = done;
      });
    });
    await Promise.race([Promise.all(notes), after(end - start + 1)]);
  } finally {
    await context.close();
  }
}

function after(seconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, seconds * 1_000));
}

/** Plays unless another tab has. */
export async function chimeOnce(
  news: string,
  play: () => Promise<void> = playChime,
): Promise<void> {
  const run = async () => {
    if (isFirst(news)) await play();
  };
  if ("locks" in navigator) await navigator.locks.request(LOCK, run);
  else await run();
}
