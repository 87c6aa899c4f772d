// People: a user's history and what is recommended, two sources next to each other, or a history of one's own.
import { api } from "./api";
import { afterPause, empty, h, replace, show } from "./dom";
import { historyTable, recommendationTable } from "./list";

const SOURCES = ["", "p5", "hybrid", "encoder", "item-knn", "ease", "popularity"];
const label = (source: string): string => (source === "" ? "default" : source);

function sourceChoice(chosen: string, changed: () => void): HTMLSelectElement {
  return h("select", { "aria-label": "Source", change: changed }, ...SOURCES.map((source) => h("option", { value: source, selected: source === chosen }, label(source))));
}

export function peoplePage(place: HTMLElement, key: string): void {
  const search = h("input", { type: "search", placeholder: "User key …", "aria-label": "Search users", autocomplete: "off", value: key });
  const found = h("ul", { class: "found" }), detail = h("div", {});
  const own = h("input", { type: "text", placeholder: "Item keys, oldest first, separated by commas", "aria-label": "History of somebody new" });

  const look = () => show(found, async () => {
    const { users, of } = await api.users(search.value.trim());
    if (users.length === 0) return h("li", {}, empty("No user begins so."));
    return [...users.map((user) => h("li", {}, h("a", { href: `#people/${encodeURIComponent(user.user)}` }, user.name ?? user.user), h("span", { class: "quiet" }, ` ${user.events} events`))),
      h("li", { class: "quiet" }, `of ${of} users`)];
  });
  search.addEventListener("input", afterPause(look));
  const ask = (event: Event) => {
    event.preventDefault();
    const history = own.value.split(",").map((text) => text.trim()).filter((text) => text !== "");
    if (history.length > 0) replace(detail, h("h2", {}, "Somebody new"), answers({ history }));
  };

  replace(place, h("div", { class: "columns" },
    h("aside", {}, search, found, h("h3", {}, "Somebody new"), h("form", { submit: ask }, own, h("button", { type: "submit" }, "Recommend"))),
    h("section", {}, detail)));
  look();
  if (key === "") replace(detail, empty("Choose a user on the left, or type the history of somebody new."));
  else show(detail, async () => {
    const user = await api.user(key);
    return [h("h2", {}, user.name ?? user.user, h("span", { class: "quiet" }, ` ${user.events ?? user.history.length} events`)),
      attributes(user.attributes), answers({ user: key }), h("h3", {}, "History"), historyTable(user.history)];
  });
  search.focus();
}

function attributes(all: Record<string, unknown>): HTMLElement {
  return h("p", {}, ...Object.entries(all).map(([name, value]) => h("span", { class: "tag" }, `${name}: ${String(value)}`)));
}

// Two lists next to each other, each of a source, under common filters.
function answers(of: { user?: string; history?: string[] }): HTMLElement {
  const where = h("input", { type: "text", placeholder: "Filter, such as price<50 category=Guitars", "aria-label": "Filter" });
  const explain = h("input", { type: "checkbox", id: "explain" });
  const lists = [h("div", {}), h("div", {})];
  const choices: HTMLSelectElement[] = ["", "item-knn"].map((source) => sourceChoice(source, () => refresh()));
  const refresh = (): void => lists.forEach((list, index) => show(list, async () => {
    const answer = await api.recommend({ ...of, k: 10, source: choices[index].value || undefined, where: where.value.trim() || undefined, explain: explain.checked });
    return [answer.fallback ? h("p", { class: "quiet" }, `Nothing is known of this user: answered by ${answer.fallback}.`) : null, recommendationTable(answer.items),
      h("p", { class: "quiet" }, `${answer.model.name}, version ${answer.model.version}`)];
  }));
  where.addEventListener("input", afterPause(refresh, 400));
  explain.addEventListener("change", refresh);
  refresh();
  return h("div", {}, h("div", { class: "bar-of-controls" }, where, h("label", { for: "explain" }, explain, " why")),
    h("div", { class: "two" }, ...lists.map((list, index) => h("div", {}, h("h3", {}, "Recommended by ", choices[index]), list))));
}
