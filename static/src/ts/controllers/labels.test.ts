import { afterEach, expect, it } from "vitest";
import { get, mount, settled, unmount } from "../testing";
import { LabelsController } from "./labels";

const field = `<label for="id_user">User:</label><div><select id="id_user" class="admin-autocomplete"></select></div>`;

afterEach(unmount);

it("names the stand-in of an autocomplete field when it is there", async () => {
  await mount(`<main data-controller="labels">${field}</main>`, { labels: LabelsController });
  get("main > div").insertAdjacentHTML(
    "beforeend",
    '<span class="select2-selection__rendered"></span>',
  );
  await settled();
  expect(get("span").getAttribute("aria-label")).toBe("User");
});

it("stops when its page is gone", async () => {
  await mount(`<main data-controller="labels">${field}</main>`, { labels: LabelsController });
  const page = get("main");
  page.remove();
  await settled();
  page
    .querySelector("div")
    ?.insertAdjacentHTML("beforeend", '<i class="select2-selection__rendered"></i>');
  await settled();
  expect(page.querySelector("i")?.getAttribute("aria-label")).toBeNull();
});
