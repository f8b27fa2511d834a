import { create } from "zustand";
import type { Link } from "./socket";

/** Whether the list of chats is kept current right now. */
export const useWatchLink = create<{ link: Link }>(() => ({ link: "connecting" }));
