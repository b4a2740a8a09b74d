// const { isWaiting, expiresAt, fetch } = useWaitingRoom();
import { computed, getCurrentScope, onScopeDispose, shallowRef } from "vue";
import { current, listen } from "./state.js";
import { fetch, wait } from "./vwr.js";

export const useWaitingRoom = () => {
  const state = shallowRef(current());
  const stop = listen(() => (state.value = current()));
  if (getCurrentScope()) onScopeDispose(stop);
  return {
    isWaiting: computed(() => state.value.isWaiting),
    expiresAt: computed(() => state.value.expiresAt),
    fetch,
    wait,
  };
};
