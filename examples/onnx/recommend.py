"""Recommends from a folder that p5 export --to onnx wrote, without p5: python3 recommend.py FOLDER [-k 10]

The questions are those of questions.json (p5 export ... --user KEY). A model is asked by beam search over the item trie,
a scorer by its scores. onnxruntime runs the graphs where it is installed, else NumPy does (numpy_runtime.py). Prints one
JSON object per user, best items first.
"""
import argparse
import json
import pathlib

import numpy as np

END = 1  # the token that ends an id


def open_session(path):
    try:
        import onnxruntime
    except ImportError:
        import numpy_runtime
        return numpy_runtime.InferenceSession(path)
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def run(session, inputs):
    known = {value.name for value in session.get_inputs()}
    names = [value.name for value in session.get_outputs()]
    return dict(zip(names, session.run(None, {k: v for k, v in inputs.items() if k in known})))


class Trie:
    """The ids of all items as a tree of tokens, without the paths that lead to excluded items alone."""

    def __init__(self, data, excluded):
        self.first, self.tokens, self.children, self.item = (data[k] for k in ("first", "tokens", "children", "item"))
        self.open = [item >= 0 and item not in excluded for item in self.item]
        for node in reversed(range(len(self.item))):  # children have higher numbers
            self.open[node] = self.open[node] or any(self.open[child] for _, child in self.edges(node))

    def edges(self, node):
        span = range(self.first[node], self.first[node + 1])
        return [(self.tokens[i], self.children[i]) for i in span]

    def allowed(self, node):
        return [(token, child) for token, child in self.edges(node) if self.open[child]]


class Model:
    def __init__(self, folder, manifest):
        graphs = manifest["graphs"]
        self.encoder = open_session(folder / graphs["p5_encoder"]["file"])
        self.decoder = open_session(folder / graphs["p5_decoder"]["file"])
        self.layers, self.heads, self.width = (manifest[k] for k in ("decoder_layers", "heads", "head_width"))

    def start(self, question):
        ids = np.array([question["input_ids"]], np.int64)
        made = run(self.encoder, {"input_ids": ids, "attention_mask": np.ones_like(ids),
                                  "whole_word_ids": np.array([question["whole_word_ids"]], np.int64)})
        self.mask = np.ones_like(ids)
        self.cross = {f"past_key_values.{i}.encoder.{part}": made[f"present.{i}.encoder.{part}"]
                      for i in range(self.layers) for part in ("key", "value")}
        empty = np.zeros((1, self.heads, 0, self.width), np.float32)
        self.cache = {f"past_key_values.{i}.decoder.{part}": empty
                      for i in range(self.layers) for part in ("key", "value")}

    def step(self, tokens, parents):
        """Logits [rows, vocabulary] after the last of tokens [rows, steps]; row r goes on from row parents[r]."""
        rows = len(tokens)
        inputs = {"input_ids": np.array(tokens, np.int64), "encoder_attention_mask": np.repeat(self.mask, rows, 0)}
        inputs.update({name: np.repeat(value, rows, 0) for name, value in self.cross.items()})
        inputs.update({name: value[parents] for name, value in self.cache.items()})
        made = run(self.decoder, inputs)
        self.cache = {name: made[name.replace("past_key_values", "present")] for name in self.cache}
        return made["logits"][:, -1]


def search(model, question, trie, beams, length_penalty):
    """The best items with the sums of their log-probabilities, each among the tokens that lead to an item."""
    evidence = {}
    for node, token, logit in question["evidence"]:
        evidence.setdefault(node, {})[token] = logit
    model.start(question)
    live = [(0.0, 0)]  # sum, node
    tokens, parents, finished, length = [[0] + question["prefix"]], [0], [], 0
    while live:
        length += 1
        logits = model.step(tokens, parents).astype(np.float64)
        grown = []
        for row, (total, node) in enumerate(live):
            edges = trie.allowed(node)
            known = evidence.get(node, {})
            scores = np.array([logits[row, token] + known.get(token, 0.0) for token, _ in edges])
            scores -= scores.max() + np.log(np.exp(scores - scores.max()).sum())
            grown += [(total + score, token, row, child) for score, (token, child) in zip(scores, edges)]
        grown.sort(key=lambda one: (-one[0], one[1], one[2]))
        live, tokens, parents = [], [], []
        for total, token, row, child in grown[: 2 * beams]:
            if token == END:
                finished.append((total / length ** length_penalty, trie.item[child]))
                continue
            edges = trie.allowed(child)
            if len(edges) == 1 and edges[0][0] == END:  # the end is certain
                finished.append((total / (length + 1) ** length_penalty, trie.item[edges[0][1]]))
            elif len(live) < beams:
                live.append((total, child))
                tokens.append([token])
                parents.append(row)
        finished.sort(key=lambda one: -one[0])
        del finished[beams:]
        if length_penalty == 0 and live and len(finished) == beams and live[0][0] <= finished[-1][0]:
            break
    return [(item, score) for score, item in finished]


def rank(session, question, k):
    inputs = {name: np.array([question[name] or [0]], np.int64) for name in ("history", "times") if name in question}
    scores = run(session, inputs)["scores"][0].astype(np.float64)
    scores[question["exclude"]] = -np.inf
    order = np.argsort(-scores, kind="stable")[:k]
    return [(int(item), float(scores[item])) for item in order if np.isfinite(scores[item])]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("-k", type=int, default=10)
    arguments = parser.parse_args()
    manifest, items, questions = (json.loads((arguments.folder / name).read_text())
                                  for name in ("export.json", "items.json", "questions.json"))
    scorer = manifest["graphs"].get("p5_scorer")
    if scorer:
        session = open_session(arguments.folder / scorer["file"])
    else:
        model = Model(arguments.folder, manifest)
        trie = json.loads((arguments.folder / "trie.json").read_text())
    for question in questions:
        if scorer:
            found = rank(session, question, arguments.k)
        else:
            beams = max(manifest["beams"], arguments.k)
            found = search(model, question, Trie(trie, set(question["exclude"])), beams, manifest["length_penalty"])
        listed = [{**items[item], "score": score} for item, score in found[: arguments.k]]
        print(json.dumps({"user": question["user"], "items": listed}))


if __name__ == "__main__":
    main()
