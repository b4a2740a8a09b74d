export interface WaitingRoom {
  /** As `fetch`; a call that has to wait shows the room, and is repeated once the visitor is in. */
  fetch(input: RequestInfo | URL, init?: RequestInit & { repeat?: boolean }): Promise<Response>;
  /** Show a room unless the visitor is in. Resolves with whether the visitor is in. */
  wait(page: string | URL, signal?: AbortSignal): Promise<boolean>;
  /** What the dialog's button says. */
  labels: { close?: string };
  /** How the dialog looks, if not as the page around it. */
  scheme?: "light" | "dark";
  /** Put `fetch` into the place of the global one. */
  install(): void;
}

declare const vwr: WaitingRoom;
export default vwr;
export const fetch: WaitingRoom["fetch"];
export const wait: WaitingRoom["wait"];
export const labels: WaitingRoom["labels"];
export const install: WaitingRoom["install"];

declare global {
  interface WindowEventMap {
    "vwr:waiting": CustomEvent<{ href: string }>;
    "vwr:entered": CustomEvent<{ href: string }>;
    "vwr:closed": CustomEvent<{ href: string }>;
    "vwr:blocked": CustomEvent<{ href: string }>;
    "vwr:expiring": CustomEvent<{ seconds: number }>;
  }
}
