// Items: search, attributes, similar items, who liked it.
import { api } from "./api";
import { afterPause, empty, h, replace, show } from "./dom";
import { itemLink, recommendationTable } from "./list";

const SOURCES = ["item-knn", "encoder", "content", "als", "ppmi-svd"];

export function itemsPage(place: HTMLElement, key: string): void {
  const search = h("input", { type: "search", placeholder: "Words of title, brand, category, or a key …", "aria-label": "Search items", autocomplete: "off" });
  const found = h("ul", { class: "found" }), detail = h("div", {});
  const look = () => show(found, async () => {
    const { items, of } = await api.items(search.value.trim());
    if (items.length === 0) return h("li", {}, empty("No item has these words."));
    return [...items.map((item) => h("li", {}, itemLink(item))), h("li", { class: "quiet" }, `of ${of} items`)];
  });
  search.addEventListener("input", afterPause(look));
  replace(place, h("div", { class: "columns" }, h("aside", {}, search, found), h("section", {}, detail)));
  look();
  if (key === "") replace(detail, empty("Choose an item on the left."));
  else show(detail, () => itemDetail(key));
  search.focus();
}

async function itemDetail(key: string): Promise<HTMLElement[]> {
  const item = await api.item(key);
  const similar = h("div", {});
  const source = h("select", { "aria-label": "Source" }, ...SOURCES.map((name) => h("option", { value: name }, name)));
  const refresh = () => show(similar, async () => recommendationTable((await api.similar(key, source.value)).items));
  source.addEventListener("change", refresh);
  refresh();
  const facts: [string, string][] = [["Key", item.item], ["Events", String(item.events)]];
  if (item.brand) facts.push(["Brand", item.brand]);
  if (item.price !== undefined) facts.push(["Price", item.price.toFixed(2)]);
  if (item.categories) facts.push(["Categories", item.categories.join(" › ")]);
  for (const [name, value] of Object.entries(item.attributes)) facts.push([name, Array.isArray(value) ? value.slice(0, 20).join(", ") : String(value)]);
  return [h("h2", {}, item.title ?? item.item), h("dl", {}, ...facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    item.description ? h("p", { class: "description" }, item.description) : h("span", {}),
    h("h3", {}, "Similar by ", source), similar,
    h("h3", {}, "Who had it lately"), likers(item.recent ?? [])];
}

function likers(recent: { user: string; rating?: number }[]): HTMLElement {
  if (recent.length === 0) return empty("Nobody yet.");
  return h("ul", { class: "inline" }, ...recent.map((event) => h("li", {}, h("a", { href: `#people/${encodeURIComponent(event.user)}` }, event.user), event.rating === undefined ? "" : ` ${event.rating}★`)));
}
