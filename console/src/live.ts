// Live: traffic, latency, queue, batches, models, feedback, and what became of the lists; asked again every two seconds
// while the page is open.
import { api, type Alarm, type Drift, type LiveFigures, type Status } from "./api";
import { bar, lineChart, short } from "./chart";
import { empty, failure, h, replace } from "./dom";

const KEPT = 90;  // three minutes
const samples: { at: number; status: Status }[] = [];

const ms = (seconds: number): string => (seconds >= 1 ? `${seconds.toFixed(2)} s` : `${(seconds * 1000).toFixed(seconds < 0.01 ? 2 : 0)} ms`);
const duration = (seconds: number): string => (seconds < 120 ? `${Math.round(seconds)} s` : seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`);

function tile(name: string, value: string, note = ""): HTMLElement {
  return h("div", { class: "tile" }, h("span", { class: "quiet" }, name), h("strong", {}, value), h("span", { class: "quiet" }, note));
}

const percent = (value: number | null | undefined): string => (value === null || value === undefined ? "–" : `${(value * 100).toFixed(1)}%`);

function alarmList(alarms: Alarm[]): HTMLElement {
  return h("ul", {}, ...alarms.map((alarm) => h("li", { class: alarm.on ? "error" : "quiet", role: alarm.on ? "alert" : null },
    h("strong", {}, alarm.name), alarm.on ? ` since ${duration((Date.now() - alarm.since_ms) / 1000)}: ` : ": ", alarm.rule,
    alarm.value === null ? ", too little to say" : `, now ${short(alarm.value)}`, alarm.fired > 0 ? `, fired ${alarm.fired}×` : "")));
}

// What changed against the training: 0.1 is a small and 0.25 a great change.
function driftTable(drift: Drift): HTMLElement {
  const title = `${drift.of === "history" ? "Length of histories" : drift.of === "popularity" ? "Popularity of items with events" : "Categories of items with events"}: `;
  const change = drift.index === null ? "too little to say" : `${drift.index.toFixed(3)}, ${drift.index < 0.1 ? "as in training" : drift.index < 0.25 ? "changed" : "much changed"}`;
  return h("figure", {}, h("figcaption", {}, title, h("span", { class: "quiet" }, change)),
    h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, ""), h("th", {}, "training"), h("th", {}, "now"))),
      h("tbody", {}, ...drift.bins.map((bin) => h("tr", {}, h("td", {}, bin.name), h("td", {}, bar(bin.expected, percent(bin.expected))), h("td", {}, bar(bin.live, percent(bin.live))))))));
}

function listFigures(live: LiveFigures): HTMLElement[] {
  const of = live.metrics;
  const cells = live.calibration.filter((cell) => cell.items > 0);
  return [h("h2", {}, "Lists"), h("div", { class: "tiles" },
    tile("Hit rate", percent(of.hit_rate), `${short(live.lists)} lists, ${short(live.waiting)} too new`),
    tile("MRR", of.mrr === null ? "–" : of.mrr.toFixed(3), "1 / place of what was taken"),
    tile("Catalogue shown", percent(of.coverage), "by the newest lists"),
    tile("Calibration error", percent(of.calibration_error), "shares against what was taken"),
    tile("Last event", of.feedback_age_s === null ? "–" : `${duration(of.feedback_age_s)} ago`, `${short(live.joined)} name a list`)),
    live.models.length > 1 ? h("table", {}, h("thead", {}, h("tr", {}, ...["Model", "Version", "Lists", "Hit rate", "MRR"].map((name) => h("th", {}, name)))),
      h("tbody", {}, ...live.models.map((model) => h("tr", {}, h("td", {}, model.name), h("td", { class: "number" }, model.version), h("td", { class: "number" }, model.lists),
        h("td", { class: "number" }, `${percent(model.hit_rate)} ± ${percent(1.96 * model.error)}`), h("td", { class: "number" }, model.mrr.toFixed(3)))))) : h("span", {}),
    cells.length === 0 ? empty("No list of the window has a hit yet.") :
      lineChart([{ name: "as predicted", points: cells.map((cell) => [cell.share, cell.share]) }, { name: "taken", points: cells.map((cell) => [cell.share, cell.taken]) }],
        "Items taken, of lists with a hit", "share of the list's scores", true),
    h("h2", {}, "Against the training"), h("div", { class: "charts" }, ...live.drift.map(driftTable))];
}

function view(): HTMLElement[] {
  const now = samples[samples.length - 1].status;
  const rates: [number, number][] = [], late: [number, number][] = [], half: [number, number][] = [], waiting: [number, number][] = [];
  const end = samples[samples.length - 1].at;
  samples.forEach((sample, i) => {
    const x = (sample.at - end) / 1000;
    if (i > 0) rates.push([x, (sample.status.requests - samples[i - 1].status.requests) / ((sample.at - samples[i - 1].at) / 1000)]);
    half.push([x, sample.status.seconds.p50 * 1000]);
    late.push([x, sample.status.seconds.p99 * 1000]);
    waiting.push([x, sample.status.waiting]);
  });
  const feedback = now.feedback;
  return [h("div", { class: "tiles" },
    tile("Requests", short(now.requests), `${short(now.errors)} errors`),
    tile("Median", ms(now.seconds.p50), `99%: ${ms(now.seconds.p99)}`),
    tile("Waiting", String(now.waiting), `${now.working} at work`),
    tile("Batch", now.mean_batch.toFixed(1), "requests answered together"),
    tile("Up", duration(now.uptime_s), `p5 ${now.version}`),
    tile("Feedback", feedback ? short(feedback.events) : "off", feedback ? `of ${short(feedback.users)} ${feedback.users === 1 ? "user" : "users"}` : "p5 serve --feedback keeps it")),
    h("div", { class: "charts" }, lineChart([{ name: "requests", points: rates }], "Requests per second", "seconds ago", true),
      lineChart([{ name: "median", points: half }, { name: "99%", points: late }], "Latency since the start, ms", "seconds ago", true),
      lineChart([{ name: "waiting", points: waiting }], "Requests that wait", "seconds ago", true)),
    ...(now.alarms && now.alarms.length > 0 ? [h("h2", {}, "Alarms"), alarmList(now.alarms)] : []),
    ...(now.live ? listFigures(now.live) : [])];
}

export function livePage(place: HTMLElement): () => void {
  let timer = 0, open = true;
  const ask = async () => {
    try {
      samples.push({ at: Date.now(), status: await api.status() });
      if (samples.length > KEPT) samples.shift();
      if (open) replace(place, h("h2", {}, "Live"), ...view());
    } catch (error) {
      if (open) replace(place, h("h2", {}, "Live"), failure(error));
    }
    if (open) timer = window.setTimeout(ask, 2000);
  };
  ask();
  return () => {
    open = false;
    window.clearTimeout(timer);
  };
}
