"""Training: heard, stopped, gone on with."""
import logging
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

import p5
from conftest import QUICK

LONG = {**QUICK, "train__max_steps": 100000}


def test_callbacks_hear_steps_validations_and_progress(corpus, caplog):
    heard = []
    caplog.set_level(logging.INFO, logger="p5")
    recommender = p5.Recommender.fit(corpus, callbacks=[heard.append], **QUICK)
    steps = [event.values for event in heard if event.kind == "message" and "lr" in event.values]
    assert [step["step"] for step in steps] == [1, 2, 3] and all(step["loss"] > 0 for step in steps)
    assert any(event.values.get("metric") == "sequential.ndcg@10" for event in heard)
    progress = [event.values for event in heard if event.kind == "progress" and event.text == "train"]
    assert progress[-1]["ended"] and progress[-1]["done"] == progress[-1]["total"] == 3
    assert recommender.training["steps"] == 3
    assert any("3 steps" in record.message for record in caplog.records)


def test_a_callback_ends_the_training(corpus):
    def enough(event):
        if event.values.get("step", 0) >= 2 and "lr" in event.values:
            raise p5.StopTraining

    recommender = p5.Recommender.fit(corpus, callbacks=[enough], **LONG)
    assert 2 <= recommender.training["steps"] < 1000
    assert recommender.training["stopped_by"] == "request"
    assert recommender.recommend(k=1, source="p5").lengths.min() == 1


def test_the_exception_of_a_callback_comes_out(corpus, tmp_path):
    def faulty(event):
        if "lr" in event.values:
            raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        p5.Recommender.fit(corpus, tmp_path / "run", callbacks=[faulty], **LONG)
    assert (tmp_path / "run" / "checkpoint").exists()  # saved all the same


INTERRUPTED = """
import json, sys, p5
options = json.loads(sys.argv[3])
try:
    p5.Recommender.fit(sys.argv[1], sys.argv[2], callbacks=[lambda event: print("lr" in event.values, flush=True)], **options)
except KeyboardInterrupt as error:
    print("KEPT", error, flush=True)
    sys.exit(42)
"""


def test_ctrl_c_saves_and_the_run_goes_on(corpus, tmp_path):
    import json

    run = tmp_path / "run"
    child = subprocess.Popen([sys.executable, "-c", INTERRUPTED, corpus.path, str(run), json.dumps(LONG)],
                             stdout=subprocess.PIPE, text=True)  # fmt: skip
    for line in child.stdout:
        if line.startswith("True"):  # a step
            break
    asked = time.monotonic()
    child.send_signal(signal.SIGINT)
    rest = child.stdout.read()
    assert child.wait(60) == 42
    assert time.monotonic() - asked < 30
    assert "KEPT stopped" in rest and str(run) in rest and "resume=True" in rest
    stopped_at = [line for line in (run / "metrics.jsonl").read_text().splitlines() if '"loss"' in line]
    again = p5.Recommender.fit(out=run, resume=True, callbacks=[stop_soon(len(stopped_at))])
    assert again.training["steps"] > len(stopped_at)
    assert len(again.recommend(k=2)) == 60


def stop_soon(steps):
    def callback(event):
        if "lr" in event.values and event.values["step"] > steps:
            raise p5.StopTraining

    return callback


def test_bad_arguments_are_named_before_the_work(corpus, tmp_path):
    out = tmp_path / "run"
    for arguments, said in [
        (dict(train__lrr=1), "train__lrr.*train.lr"),
        (dict(train__lr="fast"), "train__lr.*number"),
        (dict(train__lr=[1]), "train__lr"),
        (dict(train__max_steps=-5), "train__max_steps"),
        (dict(model__preset=None), "model__preset.*None"),
        (dict(callbacks=[3]), r"callbacks\[0\].*3"),
        (dict(resume=True, force=True), "resume"),
        (dict(lr=1), "lr: no such argument"),
    ]:
        with pytest.raises(p5.InvalidArgument, match=said):
            p5.Recommender.fit(corpus, out, **arguments)
    with pytest.raises(p5.InvalidArgument, match="corpus"):
        p5.Recommender.fit(out=out)
    (tmp_path / "bad.toml").write_text("[train]\nlr = 1e-3\nspeed = 3\n")
    with pytest.raises(p5.InvalidArgument, match="bad.toml.*3.*speed|speed.*bad.toml"):
        p5.Recommender.fit(corpus, out, config=tmp_path / "bad.toml")
    assert not out.exists()


def test_keywords_count_more_than_the_file(corpus, tmp_path):
    (tmp_path / "quick.toml").write_text("[train]\nmax_steps = 2\nseed = 5\n")
    options = {name: value for name, value in QUICK.items() if name != "train__max_steps"}
    recommender = p5.Recommender.fit(corpus, tmp_path / "run", config=tmp_path / "quick.toml", train__seed=6, **options)
    assert recommender.training["steps"] == 2
    assert "seed = 6" in (tmp_path / "run" / "config.toml").read_text()


def test_a_run_goes_on_from_another(corpus, run, world, tmp_path):
    later = p5.Recommender.fit(corpus, tmp_path / "later", from_=run, train__max_steps=2)
    assert later.training["steps"] == 2
    assert later.recommend(k=1).lengths.min() == 1


def test_a_saved_run_is_gone_on_with_elsewhere(world, tmp_path):
    events, _ = world
    recommender = p5.Recommender.fit(p5.Corpus.from_pandas(events), **QUICK)
    again = p5.Recommender.fit(from_=recommender, train__max_steps=1)  # both corpora are one, and temporary
    recommender.save(tmp_path / "kept")
    del recommender
    assert again.recommend(k=1).lengths.min() == 1
    later = p5.Recommender.fit(from_=tmp_path / "kept", train__max_steps=2)
    assert later.training["steps"] == 2


def test_one_line(world, tmp_path):
    events, _ = world
    (tmp_path / "quick.toml").write_text('[train]\nmax_steps = 2\n[evaluate]\nrows = ["popularity"]\n')
    options = {name: value for name, value in QUICK.items() if name != "train__max_steps"}
    log = tmp_path / "log.csv"
    events[["user", "item", "rating"]].to_csv(log, index=False)
    recommender, report = p5.run(tmp_path / "quick.toml", log, import__user_core=2, **options)
    assert recommender.training["steps"] == 2
    assert "popularity" in report.to_dict()["rows"]
    with pytest.raises(p5.InvalidArgument, match="import__user_core"):
        p5.run(None, recommender.corpus, import__user_core=2)


def test_an_import_can_be_stopped(world):
    events, _ = world

    def stop(event):
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        p5.Corpus.from_pandas(events, callbacks=[stop])


def test_a_bar_shows_the_work(corpus, capsys):
    pytest.importorskip("tqdm")
    p5.Recommender.fit(corpus, progress=True, **QUICK)
    assert "train" in capsys.readouterr().err
