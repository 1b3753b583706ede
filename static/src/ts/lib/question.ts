import { getPage } from "./http";
import { pick, replace } from "./swap";
import { number } from "./words";

/** Why a question is not sent, in words for its asker; empty if nothing speaks against it. */
export function objection(question: string, limit: number): string {
  if (question === "") return "Write a question first.";
  // The server counts code points, not UTF-16 units.
  const length = Array.from(question).length;
  if (limit === 0 || length <= limit) return "";
  return (
    `The question has ${number(length)} characters; at most ${number(limit)} are possible. ` +
    "Shorten it, or upload the text and ask about it."
  );
}

/** Take the conversation's address and its place in the list; return its id, empty if there is none. */
export async function becomeConversation(page: string, question: string): Promise<string> {
  const id = /chat\/([0-9a-f-]{36})/.exec(page)?.[1];
  if (id === undefined) return "";
  const heading = document.querySelector(".begin__line");
  if (heading) {
    // The page keeps one heading of the first rank: what was Quire's sentence is now the title.
    heading.className = "bar__title";
    heading.textContent = question;
    document.querySelector(".bar")?.append(heading);
  }
  document.title = `${question} · Quire`;
  document.querySelector(".sidebar__link[aria-current]")?.removeAttribute("aria-current");
  history.pushState(null, "", page.split("#")[0]);
  addEventListener("popstate", () => {
    location.reload();
  });
  await refreshList(page);
  return id;
}

async function refreshList(page: string): Promise<void> {
  try {
    const html = pick(await getPage(page), "#conversations");
    const list = document.getElementById("conversations");
    if (list && html !== null) replace(list, html);
  } catch {
    // The question was taken; a list that is one entry short mends itself on the next page.
  }
}
