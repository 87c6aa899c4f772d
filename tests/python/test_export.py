"""p5 export: the graphs, run by NumPy (examples/onnx/numpy_runtime.py) and by ONNX Runtime, say what p5 says, to 1e-4.

The package onnx reads and checks the files (Debian: python3-onnx). ONNX Runtime is the npm package onnxruntime-node; where
P5_ONNXRUNTIME_NODE names a folder with it in node_modules, the example for Node is run, too. The library tokenizers is the npm
package of that name, in the folder that P5_TOKENIZERS_NODE names; SentencePiece's spm_encode is Debian's.
"""
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys

import numpy as np
import pytest

from conftest import program

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "onnx"
NODE_MODULES = os.environ.get("P5_ONNXRUNTIME_NODE", "")
TOLERANCE = 1e-4
ENCODERS = ["encoder", "sasrec", "esasrec", "bert4rec", "gru4rec", "lstm", "caser", "nextitnet", "mlp", "mult-dae", "mult-vae"]
QUICK_ENCODER = dict(
    model__preset="nano", device__threads=1, train__max_steps=3, text__pieces=400, task__rating_samples=1,
    task__sequential_samples=2, task__direct_samples=1, hybrid__after_training=False, train__item_vectors="",
    evidence__source="item-knn", encoder__width=16, encoder__heads=2, encoder__layers=2, encoder__epochs=1,
    encoder__history=8,
)  # fmt: skip


@pytest.fixture(scope="module")
def runtime():
    pytest.importorskip("onnx", reason="needs the Python package onnx (Debian: python3-onnx)")
    sys.path.insert(0, str(EXAMPLE))
    import numpy_runtime

    return numpy_runtime


@pytest.fixture(scope="module")
def evident(corpus, tmp_path_factory):
    """A run with evidence, whose encoders read histories that are shorter than those of the corpus."""
    import p5

    out = tmp_path_factory.mktemp("exported") / "run"
    p5.Recommender.fit(corpus, out, **QUICK_ENCODER)
    return out


def export(run, out, *arguments):
    program("export", run, out, *arguments)
    return out


def recommended(run, users, source, k=10):
    """The lists of the users, as keys and scores."""
    import p5

    lists = p5.Recommender.load(run, threads=1).recommend(users, k=k, source=source)
    return [(row[:length].tolist(), scores[:length]) for row, scores, length in zip(lists.items, lists.scores, lists.lengths)]


def by_example(command, folder, k=10):
    result = subprocess.run([*command, str(folder), *k], check=True, capture_output=True, text=True)
    return [json.loads(line) for line in result.stdout.splitlines()]


def examples():
    """The example in each language that can run here."""
    yield [sys.executable, str(EXAMPLE / "recommend.py")], ["-k", "10"]
    if NODE_MODULES:
        yield ["node", str(EXAMPLE / "recommend.mjs")], ["10"]


def check_lists(run, folder, users, source):
    wanted = recommended(run, users, source)
    for command, k in examples():
        answers = by_example(command, folder, k)
        assert len(answers) == len(users)
        for (items, scores), answer in zip(wanted, answers):
            assert [item["item"] for item in answer["items"]] == items
            np.testing.assert_allclose([item["score"] for item in answer["items"]], scores, atol=TOLERANCE)


def tensors_of(path):
    """An independent reader of safetensors: names to arrays of float32."""
    data = pathlib.Path(path).read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    made = {}
    for name, entry in header.items():
        assert entry["dtype"] == "F32"
        begin, end = entry["data_offsets"]
        made[name] = np.frombuffer(data[8 + size + begin : 8 + size + end], "<f4").reshape(entry["shape"])
    return made


def test_the_logits_of_the_graphs_are_those_of_the_model(runtime, run, tmp_path):
    folder = export(run, tmp_path / "onnx", "--to", "onnx")
    manifest = json.loads((folder / "export.json").read_text())
    question = {
        "input_ids": [[5, 9, 12, 40, 7, 1], [6, 31, 1, 0, 0, 0]],
        "attention_mask": [[1] * 6, [1, 1, 1, 0, 0, 0]],
        "whole_word_ids": [[1, 1, 2, 3, 4, 0], [1, 2, 0, 0, 0, 0]],
        "labels": [[11, 12, 13, 1], [21, 22, 1, 1]],
        "decoder_input_ids": [[0, 11, 12, 13], [0, 21, 22, 1]],
    }
    (tmp_path / "question.json").write_text(json.dumps(question))
    wanted = np.array(program("model", "logits", run / "bundle" / "model", "--input", tmp_path / "question.json",
                              "--threads", 1)["logits"])  # fmt: skip

    encoder = runtime.InferenceSession(folder / "encoder.onnx")
    decoder = runtime.InferenceSession(folder / "decoder.onnx")
    inputs = {name: np.array(question[name], np.int64) for name in ("input_ids", "attention_mask", "whole_word_ids")}
    names = [output.name for output in encoder.get_outputs()]
    made = dict(zip(names, encoder.run(None, inputs)))
    layers = range(manifest["decoder_layers"])
    cross = {f"past_key_values.{i}.encoder.{p}": made[f"present.{i}.encoder.{p}"] for i in layers for p in ("key", "value")}
    empty = np.zeros((2, manifest["heads"], 0, manifest["head_width"]), np.float32)
    cache = {f"past_key_values.{i}.decoder.{p}": empty for i in layers for p in ("key", "value")}
    names = [output.name for output in decoder.get_outputs()]
    logits = []
    for steps in ([0, 1], [2], [3]):  # two tokens at once, then one by one
        tokens = np.array(question["decoder_input_ids"], np.int64)[:, steps]
        answer = decoder.run(None, {"input_ids": tokens, "encoder_attention_mask": inputs["attention_mask"], **cross, **cache})
        answer = dict(zip(names, answer))
        cache = {name: answer[name.replace("past_key_values", "present")] for name in cache}
        logits.append(answer["logits"])
    np.testing.assert_allclose(np.concatenate(logits, 1), wanted, atol=TOLERANCE)


def test_beam_search_over_the_graphs_finds_what_p5_finds(runtime, evident, some_users, tmp_path):
    users = [word for user in some_users[:3] for word in ("--user", user)]
    folder = export(evident, tmp_path / "onnx", "--to", "onnx", *users)
    questions = json.loads((folder / "questions.json").read_text())
    assert all(question["evidence"] for question in questions)
    check_lists(evident, folder, some_users[:3], "p5")


def test_weights_in_a_second_file_are_the_same(runtime, run, tmp_path):
    import onnx

    whole = export(run, tmp_path / "whole", "--to", "onnx")
    split = export(run, tmp_path / "split", "--to", "onnx", "--external-above", 0)
    for name in ("encoder.onnx", "decoder.onnx"):
        assert (split / (name + ".data")).stat().st_size > 10 * (split / name).stat().st_size
        onnx.checker.check_model(str(split / name), full_check=True)
        left, right = (onnx.load(str(folder / name)).graph.initializer for folder in (whole, split))
        assert len(left) == len(right)
        for a, b in zip(left, right):
            np.testing.assert_array_equal(onnx.numpy_helper.to_array(a), onnx.numpy_helper.to_array(b))


def check_scorer(runtime, run, users, folder, source):
    """The graph of an encoder gives p5's lists and scores; returns the questions that it was asked."""
    import onnx

    asked = [word for user in users for word in ("--user", user)]
    export(run, folder, "--to", "onnx", "--source", source, *asked)
    onnx.checker.check_model(str(folder / "scorer.onnx"), full_check=True)
    check_lists(run, folder, users, source)
    # Rows of other lengths in one batch, among them nobody's, change nothing.
    session = runtime.InferenceSession(folder / "scorer.onnx")
    questions = json.loads((folder / "questions.json").read_text())
    inputs = [value.name for value in session.get_inputs()]
    rows = [{name: question[name] for name in inputs} for question in questions]
    rows = [rows[0], {name: [] for name in inputs}, {name: rows[1][name][:1] for name in inputs}, rows[2]]
    longest = max(len(row["history"]) for row in rows)
    batch = {name: np.array([row[name] + [0] * (longest - len(row[name])) for row in rows], np.int64) for name in inputs}
    (together,) = session.run(None, batch)
    for row, own in enumerate(rows):
        (alone,) = session.run(None, {name: np.array([own[name] or [0]], np.int64) for name in inputs})
        np.testing.assert_allclose(together[row], alone[0], atol=TOLERANCE)
    # Nobody's list is what is popular.
    assert len(set(np.round(together[1], 4))) > 1
    return questions


@pytest.mark.parametrize("source", ENCODERS)
def test_scorers_give_the_scores_of_their_encoders(runtime, evident, some_users, tmp_path, source):
    check_scorer(runtime, evident, some_users[:3], tmp_path / "onnx", source)


def test_every_encoder_is_asked(evident):
    """ENCODERS has all networks that the program knows."""
    answer = subprocess.run([os.environ["P5_PROGRAM"], "export", evident, "x", "--to", "onnx", "--source", "item-knn"],
                            capture_output=True, text=True)  # fmt: skip
    assert answer.stderr.split("expected one of p5, ")[1].split(", got")[0].split(", ") == ENCODERS


@pytest.mark.parametrize("network", ["gru4rec", "bert4rec"])
def test_scorers_read_times_and_features(runtime, corpus, some_users, tmp_path, network):
    """Time gaps are an input, with and without a mask after the history; features are in the vectors, the mask's too."""
    import p5

    run = tmp_path / "run"
    p5.Recommender.fit(corpus, run, **QUICK_ENCODER | dict(
        encoder__network=network, encoder__time_gaps=True, encoder__numbers="standard", encoder__fusion="concat",
    ))  # fmt: skip
    questions = check_scorer(runtime, run, some_users[:3], tmp_path / "onnx", "encoder")
    session = runtime.InferenceSession(tmp_path / "onnx" / "scorer.onnx")
    question = {name: np.array([questions[0][name]], np.int64) for name in ("history", "times")}
    (known,) = session.run(None, question)
    (unknown,) = session.run(None, {**question, "times": np.zeros_like(question["times"])})
    (later,) = session.run(None, {**question, "times": question["times"] + 12345})
    assert np.abs(known - unknown).max() > TOLERANCE  # the table of gaps is learnt, and is read
    np.testing.assert_array_equal(known, later)  # gaps count, and not the dates


def test_the_hugging_face_folder_has_the_tensors_of_a_t5(run, tmp_path):
    folder = export(run, tmp_path / "hf", "--to", "hf")
    config = json.loads((folder / "config.json").read_text())
    tensors = tensors_of(folder / "model.safetensors")
    inner = config["num_heads"] * config["d_kv"]
    assert tensors["shared.weight"].shape == (config["vocab_size"], config["d_model"])
    for stack, layers in (("encoder", config["num_layers"]), ("decoder", config["num_decoder_layers"])):
        for block in range(layers):
            for layer, kind in ((0, "SelfAttention"), (1, "EncDecAttention"))[: 1 if stack == "encoder" else 2]:
                name = f"{stack}.block.{block}.layer.{layer}.{kind}."
                assert all(tensors.pop(f"{name}{part}.weight").shape == (inner, config["d_model"]) for part in "qkv")
                assert tensors.pop(f"{name}o.weight").shape == (config["d_model"], inner)
                assert tensors.pop(f"{stack}.block.{block}.layer.{layer}.layer_norm.weight").shape == (config["d_model"],)
            last = f"{stack}.block.{block}.layer.{1 if stack == 'encoder' else 2}."
            assert tensors.pop(last + "DenseReluDense.wi.weight").shape == (config["d_ff"], config["d_model"])
            assert tensors.pop(last + "DenseReluDense.wo.weight").shape == (config["d_model"], config["d_ff"])
            tensors.pop(last + "layer_norm.weight")
        tensors.pop(f"{stack}.final_layer_norm.weight")
        tensors.pop(f"{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight")
    assert list(tensors) == ["shared.weight"]  # and nothing that transformers does not know
    assert "encoder.whole_word_embeddings.weight" in tensors_of(folder / "p5_extra.safetensors")
    tokens = json.loads((folder / "tokenizer_config.json").read_text())["added_tokens_decoder"]
    assert max(map(int, tokens)) == config["vocab_size"] - 1


ENCODE = """
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");
const { Tokenizer } = createRequire(process.argv[1] + "/package.json")("tokenizers");
const tokenizer = Tokenizer.fromFile(process.argv[2]);
(async () => {
  for (const text of JSON.parse(readFileSync(0, "utf8"))) console.log(JSON.stringify((await tokenizer.encode(text)).getIds()));
})();
"""
TEXTS = [
    "What will they buy next?", "  blanks   between  words, and at both ends ", "Ümläute, ﬁ, ＦＵＬＬ　ＷＩＤＴＨ, ½ ① ™ x²", "日本語 テスト 🎸",
    "a tab\tand a no-break\u00a0space", "3.14 of 2024-03-01 (100%)", "", "caf\u00e9 or cafe\u0301",
]  # fmt: skip


@pytest.mark.skipif("P5_TOKENIZERS_NODE" not in os.environ, reason="needs the npm package tokenizers, in P5_TOKENIZERS_NODE")
def test_fast_tokenizers_split_texts_as_p5_does(recommender, run, some_users, tmp_path):
    def ids_of(texts):
        done = subprocess.run(["node", "-e", ENCODE, os.environ["P5_TOKENIZERS_NODE"], str(folder / "tokenizer.json")],
                              input=json.dumps(texts), check=True, capture_output=True, text=True)  # fmt: skip
        return [json.loads(line) for line in done.stdout.splitlines()]

    folder = export(run, tmp_path / "hf", "--to", "hf")
    # A prompt with tokens of items in it, as p5 reads it.
    users = some_users[:3]
    asked = [word for user in users for word in ("--user", user)]
    questions = json.loads((export(run, tmp_path / "onnx", "--to", "onnx", *asked) / "questions.json").read_text())
    texts = [recommender.prompt(id=question["prompt"], user=user)["source"] for question, user in zip(questions, users)]
    texts = [re.sub(r"\b(item_\d+)", r"<\1>", text) for text in texts]
    assert all("<item_" in text for text in texts)
    assert ids_of(texts) == [question["input_ids"] for question in questions]
    # Any text, as SentencePiece splits it.
    if shutil.which("spm_encode"):
        done = subprocess.run(["spm_encode", f"--model={folder / 'spiece.model'}", "--output_format=id"],
                              input="\n".join(TEXTS) + "\n", check=True, capture_output=True, text=True)  # fmt: skip
        wanted = [[*map(int, line.split()), 1] for line in done.stdout.split("\n")[: len(TEXTS)]]
        assert ids_of(TEXTS) == wanted


def test_the_fast_tokenizer_has_every_token_of_the_model(run, tmp_path):
    folder = export(run, tmp_path / "hf", "--to", "hf")
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    config = json.loads((folder / "config.json").read_text())
    ids = {piece: place for place, (piece, _) in enumerate(tokenizer["model"]["vocab"])}
    ids.update({token["content"]: token["id"] for token in tokenizer["added_tokens"]})
    assert sorted(ids.values()) == list(range(config["vocab_size"]))
    slow = json.loads((folder / "tokenizer_config.json").read_text())["added_tokens_decoder"]
    assert {token["content"]: token["id"] for token in tokenizer["added_tokens"]} == {
        token["content"]: int(number) for number, token in slow.items()
    }


def test_recbole_files_come_back_as_they_were(corpus, tmp_path):
    import p5

    corpus.save(tmp_path / "corpus")
    folder = export(tmp_path / "corpus", tmp_path / "shop", "--to", "recbole")
    back = p5.Corpus.import_(folder, out=tmp_path / "back")
    assert back.stats()["data_sha256"] == corpus.stats()["data_sha256"]
