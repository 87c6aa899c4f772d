// Live: traffic, latency, queue, batches, models, feedback; asked again every two seconds while the page is open.
import { api, type Status } from "./api";
import { lineChart, short } from "./chart";
import { failure, h, replace } from "./dom";

const KEPT = 90;  // three minutes
const samples: { at: number; status: Status }[] = [];

const ms = (seconds: number): string => (seconds >= 1 ? `${seconds.toFixed(2)} s` : `${(seconds * 1000).toFixed(seconds < 0.01 ? 2 : 0)} ms`);
const duration = (seconds: number): string => (seconds < 120 ? `${Math.round(seconds)} s` : seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`);

function tile(name: string, value: string, note = ""): HTMLElement {
  return h("div", { class: "tile" }, h("span", { class: "quiet" }, name), h("strong", {}, value), h("span", { class: "quiet" }, note));
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
      lineChart([{ name: "waiting", points: waiting }], "Requests that wait", "seconds ago", true))];
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
