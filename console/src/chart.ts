// Line charts and bars as SVG.
import { h, svg } from "./dom";

export interface Line { name: string; points: [number, number][] }

const WIDTH = 640, HEIGHT = 220, LEFT = 56, RIGHT = 12, TOP = 12, BOTTOM = 32;

// Round numbers that cover the range, about `count` of them.
export function ticks(least: number, most: number, count = 4): number[] {
  if (!(most > least)) return [least];
  const rough = (most - least) / count;
  const power = Math.pow(10, Math.floor(Math.log10(rough)));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const all: number[] = [];
  for (let at = Math.ceil(least / step) * step; at <= most + step * 1e-9; at += step) all.push(Number(at.toPrecision(10)));
  return all;
}

export const short = (value: number): string => {
  const size = Math.abs(value);
  if (size >= 1e6) return `${(value / 1e6).toPrecision(3)}M`;
  if (size >= 1e4) return `${(value / 1e3).toPrecision(3)}k`;
  if (size >= 100 || value === 0 || Number.isInteger(value)) return String(Math.round(value));
  return value.toPrecision(3);
};

// `fromZero`: the axis of values begins at 0.
export function lineChart(lines: Line[], title: string, x: string, fromZero = false): HTMLElement {
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0) return h("p", { class: "quiet" }, `${title}: no figures yet`);
  const xs = points.map((point) => point[0]), ys = points.map((point) => point[1]);
  const [x0, x1] = [Math.min(...xs), Math.max(...xs)];
  let [y0, y1] = [Math.min(...ys), Math.max(...ys)];
  if (fromZero) [y0, y1] = [Math.min(0, y0), Math.max(y1, 1e-9)];
  if (y1 - y0 < 1e-6) [y0, y1] = fromZero ? [0, 1] : [y0 - 1, y1 + 1];
  const px = (value: number) => LEFT + ((value - x0) / (x1 - x0 || 1)) * (WIDTH - LEFT - RIGHT);
  const py = (value: number) => HEIGHT - BOTTOM - ((value - y0) / (y1 - y0)) * (HEIGHT - TOP - BOTTOM);
  const chart = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}: ${lines.map((line) => line.name).join(", ")}` });
  for (const value of ticks(y0, y1)) {
    chart.append(svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: py(value), y2: py(value), class: "grid" }));
    chart.append(svg("text", { x: LEFT - 8, y: py(value) + 4, class: "tick end" }, short(value)));
  }
  for (const value of ticks(x0, x1, 6)) chart.append(svg("text", { x: px(value), y: HEIGHT - 12, class: "tick middle" }, short(value)));
  lines.forEach((line, index) => {
    const path = line.points.map(([a, b], i) => `${i === 0 ? "M" : "L"}${px(a).toFixed(1)} ${py(b).toFixed(1)}`).join("");
    chart.append(svg("path", { d: path, class: `line series${index % 6}` }));
    if (line.points.length === 1) chart.append(svg("circle", { cx: px(line.points[0][0]), cy: py(line.points[0][1]), r: 3, class: `dot series${index % 6}` }));
  });
  const legend = h("ul", { class: "legend" }, ...lines.map((line, index) => h("li", {}, h("span", { class: `swatch series${index % 6}` }), line.name)));
  return h("figure", {}, h("figcaption", {}, title, " ", h("span", { class: "quiet" }, `by ${x}`)), chart, lines.length > 1 ? legend : null);
}

// A bar of `share` (0 to 1) of its cell.
export function bar(share: number, label: string): HTMLElement {
  const width = Math.max(0, Math.min(1, share)) * 100;
  const picture = svg("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", class: "bar", "aria-hidden": "true" }, svg("rect", { x: 0, y: 0, width, height: 10 }));
  return h("span", { class: "barcell" }, picture, h("span", { class: "number" }, label));
}
