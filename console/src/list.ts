// Lists of items as tables, which several pages show.
import type { ItemLine, Recommendation } from "./api";
import { bar } from "./chart";
import { empty, h } from "./dom";

export const titleOf = (line: { item: string; title: string | null }): string => line.title ?? line.item;

export const itemLink = (line: { item: string; title: string | null }): HTMLElement =>
  h("a", { href: `#items/${encodeURIComponent(line.item)}`, title: line.item }, titleOf(line));

const date = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

export function historyTable(history: ItemLine[]): HTMLElement {
  if (history.length === 0) return empty("No events.");
  const newest = [...history].reverse();
  const rated = newest.some((line) => line.rating !== undefined), dated = newest.some((line) => line.time_ms !== undefined);
  return h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, "Item, newest first"), rated && h("th", {}, "Rating"), dated && h("th", {}, "Date"))),
    h("tbody", {}, ...newest.map((line) => h("tr", {},
      h("td", {}, itemLink(line), line.live ? h("span", { class: "tag" }, "live") : null),
      rated && h("td", { class: "number" }, line.rating ?? ""),
      dated && h("td", { class: "nowrap" }, line.time_ms === undefined ? "" : date(line.time_ms))))));
}

// The reasons of one recommendation: its sources by share, a sentence.
function reasons(line: Recommendation): HTMLElement {
  const parts = (line.why ?? []).slice(0, 3).map((part) => h("span", { class: "tag" }, `${part.source} ${Math.round(part.share * 100)}%`));
  return h("div", { class: "reasons" }, ...(parts.length > 0 ? parts : [h("span", { class: "tag" }, line.source)]),
    line.explanation ? h("q", {}, line.explanation) : line.because ? h("span", { class: "quiet" }, "because of ", line.because.title ?? line.because.item) : null);
}

export function recommendationTable(items: Recommendation[]): HTMLElement {
  if (items.length === 0) return empty("Nothing is left to recommend: every candidate is in the history or ruled out by a filter.");
  const most = Math.max(...items.map((item) => item.share ?? 0));
  return h("table", { class: "list" }, h("thead", {}, h("tr", {}, h("th", { class: "number" }, "#"), h("th", {}, "Item"), h("th", {}, "Share"))),
    h("tbody", {}, ...items.map((line, index) => h("tr", {}, h("td", { class: "number quiet" }, index + 1),
      h("td", {}, itemLink(line), reasons(line)), h("td", { title: `score ${line.score.toPrecision(4)}` }, bar((line.share ?? 0) / (most || 1), `${(100 * (line.share ?? 0)).toFixed(1)}%`))))));
}
