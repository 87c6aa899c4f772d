// The daemon's API as functions. An error of the API is thrown with its message.

export interface Share { source: string; share: number }
export interface Recommendation { item: string; title: string | null; score: number; source: string; why?: Share[]; explanation?: string; because?: { item: string; title: string | null; share: number }; propensity?: number; share?: number }
export interface ModelRef { name: string; version: number }
export interface RecommendAnswer { items: Recommendation[]; model: ModelRef; fallback?: string; skipped?: string[] }
export interface ItemLine { item: string; title: string | null; brand?: string; price?: number; categories?: string[]; rating?: number; time_ms?: number; event?: string; live?: boolean }
export interface UserAnswer { user: string; name?: string; attributes: Record<string, unknown>; history: ItemLine[]; events?: number; known: boolean }
export interface ItemAnswer extends ItemLine { description?: string; attributes: Record<string, unknown>; events: number; recent?: { user: string; rating?: number; time_ms?: number }[] }
export interface ModelStatus { name: string; version: number; run: string; state: string; serving: boolean; share: number; load_seconds: number; error?: string }
export interface Drift { of: string; values: number; index: number | null; bins: { name: string; expected: number; live: number }[] }
export interface LiveFigures { lists: number; waiting: number; joined: number; strangers: number; metrics: Record<string, number | null>; models: { name: string; version: number; lists: number; hit_rate: number; error: number; mrr: number }[]; calibration: { items: number; share: number; taken: number }[]; drift: Drift[] }
export interface Alarm { name: string; rule: string; on: boolean; value: number | null; since_ms: number; fired: number }
export interface Status { version: string; uptime_s: number; requests: number; errors: number; seconds: { p50: number; p95: number; p99: number }; mean_batch: number; waiting: number; working: number; live_users: number; live?: LiveFigures; alarms?: Alarm[]; feedback?: { events: number; users: number; items: number; by_type: Record<string, number> } }
export interface Prompt { id: string; family: string; task: string; held_out: boolean; source: string; target: string; needs: string[] }

const KEY = "p5-api-key";

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = {};
  const key = sessionStorage.getItem(KEY);
  if (key) headers["X-API-Key"] = key;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Error("The daemon does not answer. Is p5 serve still running?");
  }
  if (response.status === 401) {
    const given = window.prompt("This daemon asks for an API key:");
    if (given) {
      sessionStorage.setItem(KEY, given);
      return call<T>(method, path, body);
    }
  }
  const text = await response.text();
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Error(`Not the expected answer (${response.status})`);
  }
  if (!response.ok) throw new Error((answer as { error?: string }).error ?? `Error ${response.status}`);
  return answer as T;
}

const at = encodeURIComponent;

export const api = {
  users: (prefix: string) => call<{ users: { user: string; name?: string; events: number }[]; of: number }>("GET", `/api/v1/users?limit=12&prefix=${at(prefix)}`),
  user: (key: string) => call<UserAnswer>("GET", `/api/v1/users/${at(key)}?limit=30`),
  items: (words: string) => call<{ items: ItemLine[]; of: number }>("GET", `/api/v1/items?limit=24&q=${at(words)}`),
  item: (key: string) => call<ItemAnswer>("GET", `/api/v1/items/${at(key)}`),
  recommend: (request: object) => call<RecommendAnswer>("POST", "/api/v1/recommend", request),
  similar: (item: string, source: string) => call<{ items: Recommendation[] }>("POST", "/api/v1/similar", { item, k: 10, source }),
  explain: (user: string, item: string) => call<{ answer: string }>("POST", "/api/v1/explain", { user, item }),
  prompts: () => call<{ prompts: Prompt[] }>("GET", "/api/v1/prompts"),
  prompt: (request: object) => call<{ source: string; answer: string; target?: string; choices?: { text: string; probability: number }[] }>("POST", "/api/v1/prompt", request),
  models: () => call<{ models: ModelStatus[]; default: string }>("GET", "/api/v1/models"),
  report: (name: string) => call<{ reports: { file: string; report: any }[] }>("GET", `/api/v1/models/${at(name)}/report`),
  training: (name: string) => call<{ steps: any[] }>("GET", `/api/v1/models/${at(name)}/training`),
  status: () => call<Status>("GET", "/api/v1/status"),
};
