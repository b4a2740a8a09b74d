// const { isWaiting, expiresAt, fetch } = useWaitingRoom();
import { useSyncExternalStore } from "react";
import { current, listen } from "./state.js";
import { fetch, wait } from "./vwr.js";

export const useWaitingRoom = () => {
  const { isWaiting, expiresAt } = useSyncExternalStore(listen, current, current);
  return { isWaiting, expiresAt, fetch, wait };
};
