/* eslint no-restricted-properties: "off" -- tests write their own pages */
// What the controllers' tests share; no page loads this.

import { Application } from "@hotwired/stimulus";
import type { ControllerConstructor } from "@hotwired/stimulus";
import { vi } from "vitest";

let application: Application | undefined;

/** Put `html` on the page with its controllers running. */
export async function mount(
  html: string,
  controllers: Record<string, ControllerConstructor>,
): Promise<void> {
  document.body.innerHTML = html;
  application = Application.start();
  application.handleError = (error) => {
    throw error;
  };
  for (const [name, controller] of Object.entries(controllers)) {
    application.register(name, controller);
  }
  await settled();
}

/** Empty the page first, so that its controllers disconnect, then stop. */
export async function unmount(): Promise<void> {
  vi.useRealTimers();
  document.body.replaceChildren();
  await settled();
  application?.stop();
  for (const name of Object.keys(document.documentElement.dataset)) {
    Reflect.deleteProperty(document.documentElement.dataset, name);
  }
}

/** Let promises, observers and zero timers run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((done) => setTimeout(done, 0));
}

// The caller names the kind, as with querySelector itself.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
export function get<T extends Element = HTMLElement>(selector: string): T {
  const found = document.querySelector<T>(selector);
  if (found === null) throw new Error(`Nothing on the page is ${selector}`);
  return found;
}

export function key(
  target: Element | Document,
  name: string,
  init: KeyboardEventInit = {},
): KeyboardEvent {
  const event = new KeyboardEvent("keydown", {
    key: name,
    bubbles: true,
    cancelable: true,
    ...init,
  });
  target.dispatchEvent(event);
  return event;
}

/** Answer every fetch with what `routes` holds for its path; anything else is a 404. */
export function serve(
  routes: Record<string, { body: string; status?: number; location?: string }>,
) {
  const server = vi.fn<typeof fetch>((input) => {
    const url = input instanceof Request ? input.url : String(input);
    const path = new URL(url, "http://localhost:3000").pathname;
    const route = routes[path] ?? { body: "", status: 404 };
    const headers = new Headers(route.location ? { "X-Quire-Location": route.location } : {});
    return Promise.resolve(new Response(route.body, { status: route.status ?? 200, headers }));
  });
  vi.stubGlobal("fetch", server);
  return server;
}
