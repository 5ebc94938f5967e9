"""What a run tells of how far it is."""

from convlint import engine
from convlint.engine import Step

NETS = """\
from torch import nn
class One(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
    def forward(self, x):
        return self.conv(x)
class Two(One):
    pass
"""


def test_each_model_is_named_and_counted(tmp_path, monkeypatch, warm_engine):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nets.py").write_text(NETS)
    steps = []
    engine.check(["nets.py"], progress=steps.append)
    assert steps == [
        Step(0, 2, "starting"),
        Step(0, 2, "One"),
        Step(1, 2, "Two"),
        Step(2, 2, "trying fixes"),
    ]


def test_a_run_without_models_tells_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    steps = []
    engine.check(["nett.py"], progress=steps.append)
    assert steps == []
