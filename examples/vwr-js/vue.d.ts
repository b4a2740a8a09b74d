import type { ComputedRef } from "vue";
import type { WaitingRoom } from "./vwr.js";

/** What a component may show of the wait, and the calls that wait. */
export function useWaitingRoom(): {
  /** Whether a room is shown in a dialog. */
  isWaiting: ComputedRef<boolean>;
  /** When the session ends, once an answer has said so in its last two minutes. */
  expiresAt: ComputedRef<Date | null>;
  fetch: WaitingRoom["fetch"];
  wait: WaitingRoom["wait"];
};
