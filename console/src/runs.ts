// Runs: what serves, how it was trained, and how good it is next to its baselines.
import { api, type ModelStatus } from "./api";
import { lineChart, type Line } from "./chart";
import { empty, h, replace, show } from "./dom";

export function runsPage(place: HTMLElement, name: string): void {
  const models = h("div", {}), curves = h("div", {}), report = h("div", {});
  replace(place, h("h2", {}, "Models"), models, h("h2", {}, "Quality"), report, h("h2", {}, "Training"), curves);
  show(models, async () => {
    const answer = await api.models();
    const chosen = name || answer.default;
    show(curves, () => training(chosen));
    show(report, () => quality(chosen));
    return modelTable(answer.models, chosen);
  });
}

function modelTable(models: ModelStatus[], chosen: string): HTMLElement {
  return h("table", {}, h("thead", {}, h("tr", {}, ...["Name", "Version", "Run", "State", "Users", "Loaded in"].map((title) => h("th", {}, title)))),
    h("tbody", {}, ...models.map((model) => h("tr", { "aria-current": model.name === chosen && model.serving ? "true" : null },
      h("td", {}, h("a", { href: `#runs/${encodeURIComponent(model.name)}` }, model.name)), h("td", { class: "number" }, model.version), h("td", {}, model.run),
      h("td", {}, model.error ? h("span", { class: "error" }, model.error) : model.serving ? "serves" : model.state),
      h("td", { class: "number" }, `${Math.round(model.share * 100)}%`), h("td", { class: "number" }, `${model.load_seconds.toFixed(1)} s`)))));
}

async function training(name: string): Promise<HTMLElement[]> {
  const { steps } = await api.training(name);
  const points = (key: string): [number, number][] => steps.filter((step) => typeof step[key] === "number").map((step) => [step.step, step[key]]);
  const scores = new Map<string, [number, number][]>();
  for (const step of steps) {
    if (typeof step.validation !== "number") continue;
    const metric = step.metric ?? "sequential.ndcg@10";
    scores.set(metric, [...(scores.get(metric) ?? []), [step.step, step.validation]]);
  }
  const families = new Map<string, [number, number][]>();
  for (const step of steps) for (const [key, value] of Object.entries(step.family_loss ?? {})) families.set(key, [...(families.get(key) ?? []), [step.step, value as number]]);
  const losses: Line[] = families.size > 1 ? [...families].map(([family, line]) => ({ name: family, points: line })) : [{ name: "loss", points: points("loss") }];
  if (steps.length === 0) return [empty("This run has no record of its training.")];
  const charts = [lineChart(losses, "Loss", "step")];
  if (scores.size > 0) charts.push(lineChart([...scores].map(([key, line]) => ({ name: key, points: line })), "Validation", "step"));
  charts.push(lineChart([{ name: "lr", points: points("lr") }], "Learning rate", "step"));
  return [h("div", { class: "charts" }, ...charts)];
}

const figure = (value: unknown): string => (typeof value === "number" ? value.toFixed(4) : "");

async function quality(name: string): Promise<HTMLElement[]> {
  const { reports } = await api.report(name);
  if (reports.length === 0) return [empty("Not evaluated yet: p5 evaluate RUN writes a report that is shown here.")];
  return reports.flatMap(({ file, report }) => [h("h3", {}, file), rankings(report)]);
}

function rankings(report: any): HTMLElement {
  const rows: [string, any][] = [["p5", report.tasks], ...Object.entries(report.rows ?? {})] as [string, any][];
  const shown = rows.filter(([, tasks]) => tasks?.sequential?.keep || tasks?.direct);
  if (shown.length === 0) return empty("The report has no rankings.");
  const best = (path: (tasks: any) => unknown) => Math.max(...shown.map(([, tasks]) => Number(path(tasks)) || 0));
  const columns: [string, (tasks: any) => unknown, (tasks: any) => any][] = [
    ["NDCG@10, seen items allowed", (tasks) => tasks?.sequential?.keep?.["ndcg@10"], (tasks) => tasks?.sequential?.keep],
    ["NDCG@10, seen items removed", (tasks) => tasks?.sequential?.drop?.["ndcg@10"], (tasks) => tasks?.sequential?.drop],
    ["among 100 candidates", (tasks) => tasks?.direct?.["ndcg@10"], (tasks) => tasks?.direct]];
  return h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, ""), ...columns.map(([title]) => h("th", { class: "number" }, title)))),
    h("tbody", {}, ...shown.map(([row, tasks]) => h("tr", {}, h("td", {}, row), ...columns.map(([, value]) => {
      const number = value(tasks);
      return h("td", { class: "number" + (typeof number === "number" && number === best(value) ? " best" : "") }, figure(number));
    })))));
}
