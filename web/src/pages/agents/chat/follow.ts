import { createContext } from "react";

/** Follows the open chat once more, after that has ended. */
export const FollowContext = createContext<() => void>(() => {});
