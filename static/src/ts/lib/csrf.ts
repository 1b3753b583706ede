import { readCookie } from "./cookies";

/** Django's token: from the cookie, or from the first form of the page where the cookie is hidden. */
export function csrfToken(): string {
  const field = document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]");
  return readCookie("csrftoken") || (field?.value ?? "");
}
