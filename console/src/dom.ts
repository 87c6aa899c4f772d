// Elements made of values. Texts always become text nodes, so that data of users is never read as HTML.

type Child = Node | string | number | null | undefined | false;
type Properties = { [name: string]: string | number | boolean | null | undefined | ((event: Event) => void) };

const SVG = "http://www.w3.org/2000/svg";

function fill(element: Element, properties: Properties, children: Child[]): void {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else if (name === "value" && element instanceof HTMLInputElement) element.value = String(value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

export function h<K extends keyof HTMLElementTagNameMap>(tag: K, properties: Properties = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  fill(element, properties, children);
  return element;
}

export function svg(tag: string, properties: Properties = {}, ...children: Child[]): SVGElement {
  const element = document.createElementNS(SVG, tag) as SVGElement;
  fill(element, properties, children);
  return element;
}

export function replace(place: Element, ...children: Child[]): void {
  place.replaceChildren();
  fill(place, {}, children);
}

// What stands in the place of something that is on its way, failed, or is not there.
export const busy = (): HTMLElement => h("p", { class: "quiet", role: "status" }, "Loading …");
export const empty = (text: string): HTMLElement => h("p", { class: "quiet" }, text);
export const failure = (error: unknown): HTMLElement => h("p", { class: "error", role: "alert" }, error instanceof Error ? error.message : String(error));

// Shows the result of `work` at `place`; of two that overlap only the later one.
const turns = new WeakMap<Element, number>();
export async function show(place: Element, work: () => Promise<Child | Child[]>): Promise<void> {
  const turn = (turns.get(place) ?? 0) + 1;
  turns.set(place, turn);
  replace(place, busy());
  let result: Child | Child[];
  try {
    result = await work();
  } catch (error) {
    result = failure(error);
  }
  if (turns.get(place) === turn) replace(place, ...(Array.isArray(result) ? result : [result]));
}

// Calls `action` once the user has paused.
export function afterPause(action: () => void, ms = 200): () => void {
  let timer = 0;
  return () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(action, ms);
  };
}
