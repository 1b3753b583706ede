export function readCookie(name: string): string {
  const start = `${name}=`;
  const found = document.cookie.split("; ").find((part) => part.startsWith(start));
  return found ? decodeURIComponent(found.slice(start.length)) : "";
}

const YEAR_SECONDS = 31_536_000;

/** Keep a choice of this browser where the server can read it, so the first paint is right. */
export function keepCookie(name: string, value: string): void {
  const age = value === "" ? 0 : YEAR_SECONDS;
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${age}; samesite=lax`;
}
