import { csrfToken } from "./csrf";

export interface Fragment {
  status: number;
  html: string;
  /** Where the page that shows the fragment lives; empty when the server named none. */
  location: string;
}

/** The server refused, or did not answer. `html` is its own fragment about it, when it sent one. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly html: string,
    message: string,
  ) {
    super(message);
  }
}

const headers = { "X-Quire-Fragment": "1", Accept: "text/html" };

export function getFragment(url: string): Promise<Fragment> {
  return send(url, { headers });
}

export function postForm(url: string, data: FormData): Promise<Fragment> {
  return send(url, {
    method: "POST",
    body: encoded(data),
    headers: { ...headers, "X-CSRFToken": csrfToken() },
  });
}

/** A form without files goes as a plain one: a multipart body with no part at all is malformed to the server. */
function encoded(data: FormData): FormData | URLSearchParams {
  const texts: [string, string][] = [];
  for (const [name, value] of data) {
    if (typeof value !== "string") return data;
    texts.push([name, value]);
  }
  return new URLSearchParams(texts);
}

/** A whole page, as one that arrives by its address. */
export async function getPage(url: string): Promise<string> {
  return (await send(url, { headers: { Accept: "text/html" } })).html;
}

async function send(url: string, init: RequestInit): Promise<Fragment> {
  let response: Response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...init });
  } catch {
    throw new Refusal(0, "", "Quire cannot be reached. Check the connection and try again.");
  }
  const html = await response.text();
  if (!response.ok) throw new Refusal(response.status, fragmentOnly(html), words(response.status));
  return {
    status: response.status,
    html,
    location: response.headers.get("X-Quire-Location") ?? "",
  };
}

/** A proxy's or a crashed server's whole page is not something to put into ours. */
function fragmentOnly(html: string): string {
  return /<html|<!doctype/i.test(html.slice(0, 200)) ? "" : html.trim();
}

function words(status: number): string {
  if (status === 401) return "Your session has ended. Sign in again; what you wrote stays here.";
  if (status === 413) return "That is larger than this installation accepts.";
  if (status === 429) return "Too many requests at once. Wait a moment and try again.";
  if (status >= 500) return "Quire could not do this just now. Try again in a moment.";
  return "Quire did not accept this.";
}
