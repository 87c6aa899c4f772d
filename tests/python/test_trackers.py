"""Trackers against stand-ins that take what the documentation of wandb and mlflow says, and nothing else."""
import re
import sys
import types

import pytest

import p5
from conftest import QUICK


class Recorder(types.ModuleType):
    def __init__(self, name):
        super().__init__(name)
        self.calls = []


def wandb_stand_in():
    """docs.wandb.ai: wandb.init, Run.log, Run.summary, Run.finish."""
    module = Recorder("wandb")

    class Summary(dict):
        pass

    class Run:
        def __init__(self):
            self.summary = Summary()

        def log(self, data, step=None, commit=None):
            assert isinstance(data, dict) and all(isinstance(name, str) for name in data)
            previous = [call[2] for call in module.calls if call[0] == "log"]
            assert not previous or step >= previous[-1], "wandb drops what goes back in steps"
            module.calls.append(("log", data, step))

        def finish(self, exit_code=None, quiet=None):
            module.calls.append(("finish", exit_code))

    def init(entity=None, project=None, dir=None, id=None, name=None, notes=None, tags=None, config=None, group=None,
             mode=None, job_type=None, save_code=None):  # fmt: skip
        module.calls.append(("init", project, name, config))
        module.run = Run()
        return module.run

    module.init = init
    return module


def mlflow_stand_in():
    """mlflow.org: the fluent API of tracking, and which names it takes."""
    module = Recorder("mlflow")
    allowed = re.compile(r"^[/\w.\- ]*$")

    def record(name):
        return lambda *arguments, **keywords: module.calls.append((name, arguments, keywords))

    def start_run(run_id=None, experiment_id=None, run_name=None, nested=False, parent_run_id=None, tags=None,
                  description=None, log_system_metrics=None):  # fmt: skip
        module.calls.append(("start_run", (), {"run_name": run_name}))

    def log_params(params, synchronous=None, run_id=None):
        assert len(params) <= 100 and all(allowed.match(name) and len(str(value)) <= 500 for name, value in params.items())
        module.calls.append(("log_params", (params,), {}))

    def log_metrics(metrics, step=None, synchronous=None, run_id=None, timestamp=None):
        assert all(allowed.match(name) and isinstance(value, (int, float)) for name, value in metrics.items())
        module.calls.append(("log_metrics", (metrics,), {"step": step}))

    def end_run(status="FINISHED"):
        assert status in ("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")
        module.calls.append(("end_run", (status,), {}))

    module.set_tracking_uri, module.set_experiment = record("set_tracking_uri"), record("set_experiment")
    module.start_run, module.log_params, module.log_metrics, module.end_run = start_run, log_params, log_metrics, end_run
    return module


def test_wandb_hears_steps_validations_and_the_report(corpus, monkeypatch):
    wandb = wandb_stand_in()
    monkeypatch.setitem(sys.modules, "wandb", wandb)
    with p5.trackers.WandbTracker(project="shop", name="first", settings=QUICK) as tracker:
        recommender = p5.Recommender.fit(corpus, callbacks=[tracker], **QUICK)
        tracker.report(recommender.evaluate(evaluate__rows=["popularity"]))
    assert wandb.calls[0] == ("init", "shop", "first", QUICK)
    logged = [call for call in wandb.calls if call[0] == "log"]
    steps = [step for _, data, step in logged if "train/loss" in data]
    assert steps == [1, 2, 3]
    assert any("validation/sequential.ndcg@10" in data for _, data, _ in logged)
    assert wandb.calls[-1] == ("finish", 0)
    assert 0 <= wandb.run.summary["test/sequential.drop/ndcg@10"] <= 1


def test_mlflow_has_names_that_it_takes(corpus, monkeypatch):
    mlflow = mlflow_stand_in()
    monkeypatch.setitem(sys.modules, "mlflow", mlflow)
    many = {**QUICK, **{f"own@{number}": "x" * 600 for number in range(150)}}
    with p5.trackers.MlflowTracker(experiment="shop", tracking_uri="file:runs", settings=many, run_name="first") as tracker:
        recommender = p5.Recommender.fit(corpus, callbacks=[tracker], **QUICK)
        tracker.report(recommender.evaluate(evaluate__rows=["popularity"]))
    names = [call[0] for call in mlflow.calls]
    assert names[:3] == ["set_tracking_uri", "set_experiment", "start_run"] and names[-1] == "end_run"
    assert names.count("log_params") == 2
    metrics = [(call[1][0], call[2]["step"]) for call in mlflow.calls if call[0] == "log_metrics"]
    assert any("validation/sequential.ndcg_at_10" in data and step == 3 for data, step in metrics)
    assert any("test/sequential.drop/ndcg_at_10" in data for data, _ in metrics)


def test_a_failed_training_is_a_failed_run(corpus, monkeypatch):
    mlflow, wandb = mlflow_stand_in(), wandb_stand_in()
    monkeypatch.setitem(sys.modules, "mlflow", mlflow)
    monkeypatch.setitem(sys.modules, "wandb", wandb)

    def faulty(event):
        if "lr" in event.values:
            raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError), p5.trackers.MlflowTracker() as one, p5.trackers.WandbTracker() as other:
        p5.Recommender.fit(corpus, callbacks=[one, other, faulty], **QUICK)
    assert mlflow.calls[-1] == ("end_run", ("FAILED",), {})
    assert wandb.calls[-1] == ("finish", 1)
    one.finish()
    assert [call[0] for call in mlflow.calls].count("end_run") == 1, "a run ends once"


def test_a_library_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(p5.Unavailable, match="pip install wandb"):
        p5.trackers.WandbTracker(project="shop")
    with pytest.raises(p5.Unavailable, match="pip install mlflow"):
        p5.trackers.MlflowTracker()


def test_only_reports_are_reported(monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", wandb_stand_in())
    with pytest.raises(p5.InvalidArgument, match="report"):
        p5.trackers.WandbTracker().report({"tasks": {}})
