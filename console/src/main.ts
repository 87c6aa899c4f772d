// The console: one page per tab, chosen by the part of the address after '#', so that links and the back button work.
import { api } from "./api";
import { h, replace } from "./dom";
import { itemsPage } from "./items";
import { livePage } from "./live";
import { peoplePage } from "./people";
import { promptsPage } from "./prompts";
import { runsPage } from "./runs";

type Page = (place: HTMLElement, argument: string) => void | (() => void);
const PAGES: [string, string, Page][] = [
  ["people", "People", peoplePage], ["items", "Items", itemsPage], ["prompts", "Prompts", promptsPage], ["runs", "Runs", runsPage], ["live", "Live", livePage]];

let close: void | (() => void);

function open(): void {
  const [name, argument = ""] = location.hash.slice(1).split("/");
  const chosen = PAGES.find(([id]) => id === name) ?? PAGES[0];
  const nav = document.getElementById("nav")!, place = document.getElementById("page")!;
  replace(nav, ...PAGES.map(([id, title], index) => h("a", { href: `#${id}`, "aria-current": id === chosen[0] ? "page" : null, title: `Alt+${index + 1}` }, title)));
  if (close) close();
  let key = "";
  try {
    key = decodeURIComponent(argument);
  } catch {
    key = argument;
  }
  document.title = `${chosen[1]} · p5`;
  close = chosen[2](place, key);
}

window.addEventListener("hashchange", open);
window.addEventListener("keydown", (event) => {
  const index = event.altKey ? Number(event.key) - 1 : -1;
  if (index >= 0 && index < PAGES.length) {
    location.hash = PAGES[index][0];
    event.preventDefault();
  }
  if (event.key === "/" && !(event.target instanceof HTMLInputElement) && !(event.target instanceof HTMLTextAreaElement)) {
    document.querySelector<HTMLInputElement>("input[type=search]")?.focus();
    event.preventDefault();
  }
});
api.models().then(({ models }) => {
  const serving = models.filter((model) => model.serving);
  replace(document.getElementById("model")!, serving.map((model) => `${model.name} v${model.version}`).join(", "));
}, () => undefined);
open();
