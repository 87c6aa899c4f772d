"""The package as a whole: its pages, and the Pythons that read it."""
import ast
import pathlib
import re

import p5
from conftest import QUICK

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def test_the_examples_of_the_page_work(world, tmp_path, monkeypatch):
    page = (SOURCE / "docs" / "python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^( *)```python\n(.*?)^\1```", page, re.S | re.M)
    first, watch = (re.sub(r"(?m)^" + indent, "", block) for indent, block in blocks[:2])
    events, _ = world
    users = {key: 190 + place for place, key in enumerate(dict.fromkeys(events.user))}
    monkeypatch.chdir(tmp_path)
    events.assign(user=events.user.map(users)).drop(columns="review").to_csv("events.csv", index=False)
    assert "train__minutes=5" in first and 'p5.Recommender.fit(corpus, "run", callbacks=[watch])' in watch
    names = {"QUICK": QUICK}
    exec(first.replace("train__minutes=5", "**QUICK"), names)
    assert names["lists"].items.shape == (2, 5) and names["lists"].askers.tolist() == [196, 186]
    exec(watch.replace('"run", callbacks', '"run2", **QUICK, callbacks'), names)


def test_the_syntax_is_that_of_python_3_9():
    for file in pathlib.Path(p5.__file__).parent.glob("*.py"):
        ast.parse(file.read_text(encoding="utf-8"), filename=str(file), feature_version=(3, 9))


def test_names_that_the_package_offers_have_a_description():
    for name in p5.__all__:
        assert getattr(p5, name).__doc__, name
    for offered in (p5.Corpus, p5.Recommender, p5.Lists, p5.Client, p5.Report):
        for name, member in vars(offered).items():
            if not name.startswith("_") and (callable(member) or isinstance(member, (property, staticmethod))):
                assert getattr(offered, name).__doc__, f"{offered.__name__}.{name}"
