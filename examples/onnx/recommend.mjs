// The same as recommend.py for Node.js with onnxruntime-node: node recommend.mjs FOLDER [k]
//
// onnxruntime-node is found as every module is: in node_modules of this folder or one above it, or where the environment
// variable P5_ONNXRUNTIME_NODE says (a folder with node_modules).
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const END = 1; // the token that ends an id
const from = process.env.P5_ONNXRUNTIME_NODE;
const ort = createRequire(from ? join(from, 'package.json') : import.meta.url)('onnxruntime-node');

const [folder, wanted = '10'] = process.argv.slice(2);
const readJson = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const open = (name) => ort.InferenceSession.create(join(folder, name), { intraOpNumThreads: 2, logSeverityLevel: 3 });
const integers = (values, shape) => new ort.Tensor('int64', BigInt64Array.from(values, BigInt), shape);
const floats = (values, shape) => new ort.Tensor('float32', values, shape);

// Rows of a tensor, by their numbers.
function pick(tensor, rows) {
  const size = tensor.dims.slice(1).reduce((a, b) => a * b, 1);
  const out = new Float32Array(rows.length * size);
  rows.forEach((row, i) => out.set(tensor.data.subarray(row * size, (row + 1) * size), i * size));
  return floats(out, [rows.length, ...tensor.dims.slice(1)]);
}

class Trie {
  constructor(data, excluded) {
    Object.assign(this, data);
    this.open = this.item.map((item) => item >= 0 && !excluded.has(item));
    for (let node = this.item.length - 1; node >= 0; --node) {
      this.open[node] ||= this.edges(node).some(([, child]) => this.open[child]);
    }
  }
  edges(node) {
    const edges = [];
    for (let i = this.first[node]; i < this.first[node + 1]; ++i) edges.push([this.tokens[i], this.children[i]]);
    return edges;
  }
  allowed(node) {
    return this.edges(node).filter(([, child]) => this.open[child]);
  }
}

class Model {
  static async open(manifest) {
    const model = new Model();
    model.encoder = await open(manifest.graphs.p5_encoder.file);
    model.decoder = await open(manifest.graphs.p5_decoder.file);
    model.manifest = manifest;
    return model;
  }
  names() {
    const layers = [...Array(this.manifest.decoder_layers).keys()];
    return layers.flatMap((i) => ['key', 'value'].map((part) => [i, part]));
  }
  async start(question) {
    const shape = [1, question.input_ids.length];
    this.mask = question.input_ids.map(() => 1);
    const inputs = { input_ids: integers(question.input_ids, shape), attention_mask: integers(this.mask, shape) };
    if (this.encoder.inputNames.includes('whole_word_ids')) {
      inputs.whole_word_ids = integers(question.whole_word_ids, shape);
    }
    const made = await this.encoder.run(inputs);
    const { heads, head_width } = this.manifest;
    this.cross = {};
    this.cache = {};
    for (const [i, part] of this.names()) {
      this.cross[`past_key_values.${i}.encoder.${part}`] = made[`present.${i}.encoder.${part}`];
      this.cache[`past_key_values.${i}.decoder.${part}`] = floats(new Float32Array(0), [1, heads, 0, head_width]);
    }
  }
  // Logits after the last of `tokens` [rows][steps]; row r goes on from row parents[r].
  async step(tokens, parents) {
    const rows = tokens.length;
    const inputs = {
      input_ids: integers(tokens.flat(), [rows, tokens[0].length]),
      encoder_attention_mask: integers(Array(rows).fill(this.mask).flat(), [rows, this.mask.length]),
    };
    for (const [name, value] of Object.entries(this.cross)) inputs[name] = pick(value, parents.map(() => 0));
    for (const [name, value] of Object.entries(this.cache)) inputs[name] = pick(value, parents);
    const made = await this.decoder.run(inputs);
    for (const name of Object.keys(this.cache)) this.cache[name] = made[name.replace('past_key_values', 'present')];
    const [, steps, vocabulary] = made.logits.dims;
    return (row) => made.logits.data.subarray((row * steps + steps - 1) * vocabulary, (row + 1) * steps * vocabulary);
  }
}

async function search(model, question, trie, beams, lengthPenalty) {
  const evidence = new Map();
  for (const [node, token, logit] of question.evidence) evidence.set(`${node} ${token}`, logit);
  await model.start(question);
  let live = [{ sum: 0, node: 0 }];
  let tokens = [[0, ...question.prefix]];
  let parents = [0];
  const finished = [];
  for (let length = 1; live.length > 0; ++length) {
    const logits = await model.step(tokens, parents);
    const grown = [];
    live.forEach(({ sum, node }, row) => {
      const edges = trie.allowed(node);
      const own = logits(row);
      const scores = edges.map(([token]) => own[token] + (evidence.get(`${node} ${token}`) ?? 0));
      const most = Math.max(...scores);
      const all = most + Math.log(scores.reduce((total, score) => total + Math.exp(score - most), 0));
      edges.forEach(([token, child], i) => grown.push({ sum: sum + scores[i] - all, token, row, child }));
    });
    grown.sort((a, b) => b.sum - a.sum || a.token - b.token || a.row - b.row);
    [live, tokens, parents] = [[], [], []];
    for (const { sum, token, row, child } of grown.slice(0, 2 * beams)) {
      if (token === END) {
        finished.push({ score: sum / length ** lengthPenalty, item: trie.item[child] });
        continue;
      }
      const edges = trie.allowed(child);
      if (edges.length === 1 && edges[0][0] === END) {
        finished.push({ score: sum / (length + 1) ** lengthPenalty, item: trie.item[edges[0][1]] });
      } else if (live.length < beams) {
        live.push({ sum, node: child });
        tokens.push([token]);
        parents.push(row);
      }
    }
    finished.sort((a, b) => b.score - a.score);
    finished.length = Math.min(finished.length, beams);
    if (lengthPenalty === 0 && live.length > 0 && finished.length === beams && live[0].sum <= finished.at(-1).score) break;
  }
  return finished;
}

async function rank(session, question) {
  const inputs = {};
  for (const name of session.inputNames) {
    const values = question[name].length > 0 ? question[name] : [0];
    inputs[name] = integers(values, [1, values.length]);
  }
  const { scores } = await session.run(inputs);
  const excluded = new Set(question.exclude);
  const found = [];
  scores.data.forEach((score, item) => excluded.has(item) || found.push({ item, score }));
  return found.sort((a, b) => b.score - a.score || a.item - b.item);
}

const k = Number(wanted);
const manifest = readJson('export.json');
const items = readJson('items.json');
const scorer = manifest.graphs.p5_scorer && (await open(manifest.graphs.p5_scorer.file));
const model = scorer ? null : await Model.open(manifest);
const trie = scorer ? null : readJson('trie.json');
for (const question of readJson('questions.json')) {
  const found = scorer
    ? await rank(scorer, question)
    : await search(model, question, new Trie(trie, new Set(question.exclude)), Math.max(manifest.beams, k),
                   manifest.length_penalty);
  const listed = found.slice(0, k).map(({ item, score }) => ({ ...items[item], score }));
  console.log(JSON.stringify({ user: question.user, items: listed }));
}
