// Prompts: the collection, each tried on any user and item, or a text of one's own.
import { api, type Prompt } from "./api";
import { bar } from "./chart";
import { empty, h, replace, show } from "./dom";

export function promptsPage(place: HTMLElement, id: string): void {
  const detail = h("div", {}), list = h("div", {});
  replace(place, h("div", { class: "columns" }, h("aside", {}, list), h("section", {}, detail)));
  show(list, async () => {
    const { prompts } = await api.prompts();
    const chosen = prompts.find((prompt) => prompt.id === id);
    replace(detail, chosen ? tryPrompt(chosen) : ownText());
    const families = [...new Set(prompts.map((prompt) => prompt.family))];
    return [h("p", {}, h("a", { href: "#prompts" }, "A text of your own")), ...families.flatMap((family) => [h("h3", {}, family),
      h("ul", { class: "found" }, ...prompts.filter((prompt) => prompt.family === family).map((prompt) =>
        h("li", {}, h("a", { href: `#prompts/${encodeURIComponent(prompt.id)}`, "aria-current": prompt.id === id ? "page" : null }, prompt.id), " ", h("span", { class: "quiet" }, prompt.source.slice(0, 60)))))])];
  });
}

function answerOf(ask: () => Promise<{ source: string; answer: string; target?: string; choices?: { text: string; probability: number }[] }>): () => Promise<HTMLElement[]> {
  return async () => {
    const answer = await ask();
    const parts = [h("h3", {}, "As the model reads it"), h("pre", {}, answer.source), h("h3", {}, "Answer"), h("pre", {}, answer.answer)];
    if (answer.target) parts.push(h("p", {}, h("span", { class: "quiet" }, "True answer: "), answer.target));
    if (answer.choices && answer.choices.length > 0) {
      parts.push(h("table", {}, h("tbody", {}, ...answer.choices.slice(0, 12).map((choice) => h("tr", {}, h("td", {}, choice.text), h("td", {}, bar(choice.probability, `${(choice.probability * 100).toFixed(1)}%`)))))));
    }
    return parts;
  };
}

function tryPrompt(prompt: Prompt): HTMLElement {
  const result = h("div", {}, empty("Give what the prompt needs, and ask."));
  const inputs = new Map(prompt.needs.map((name) => [name, h("input", { type: "text", placeholder: name, "aria-label": name })]));
  const ask = (event: Event) => {
    event.preventDefault();
    const request: Record<string, string> = { prompt: prompt.id };
    for (const [name, input] of inputs) if (input.value.trim() !== "") request[name] = input.value.trim();
    show(result, answerOf(() => api.prompt(request)));
  };
  return h("div", {}, h("h2", {}, `Prompt ${prompt.id}`, prompt.held_out ? h("span", { class: "tag" }, "held out") : null),
    h("pre", {}, prompt.source), h("p", {}, h("span", { class: "quiet" }, "Answers with: "), h("code", {}, prompt.target)),
    h("form", { class: "bar-of-controls", submit: ask }, ...inputs.values(), h("button", { type: "submit" }, "Ask")), result);
}

function ownText(): HTMLElement {
  const text = h("textarea", { rows: 4, "aria-label": "Your text", placeholder: "Any text; item and user keys may be in it" });
  const result = h("div", {}, empty("The model answers with what it finds most likely."));
  const ask = (event: Event) => {
    event.preventDefault();
    if (text.value.trim() !== "") show(result, answerOf(() => api.prompt({ text: text.value })));
  };
  return h("div", {}, h("h2", {}, "A text of your own"), h("form", { submit: ask }, text, h("button", { type: "submit" }, "Ask")), result);
}
