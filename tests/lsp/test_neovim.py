"""A real editor, without a window: Neovim with its own client."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pygls")

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

pytestmark = pytest.mark.skipif(shutil.which("nvim") is None, reason="Neovim is not installed")


def test_neovim_shows_findings_and_sizes_and_applies_a_fix(tmp_path):
    file = tmp_path / "net.py"
    text = (ROOT / "fixtures/broken/channel_mismatch.py").read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    result = tmp_path / "result.json"
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "CONVLINT_SERVER": json.dumps([sys.executable, "-m", "convlint", "server"]),
        "CONVLINT_FILE": str(file),
        "CONVLINT_RESULT": str(result),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    command = ["nvim", "--headless", "--clean", "-n", "-c", f"luafile {HERE / 'neovim.lua'}"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=400, check=False)
    assert result.exists(), run.stderr
    saw = json.loads(result.read_text(encoding="utf-8"))
    (found,) = saw["diagnostics"]
    assert (found["line"], found["column"], found["code"]) == (13, 21, "CL401")
    assert found["message"].startswith("channel-mismatch: `in_channels=32`, but 64 channels arrive")
    assert {"N×64×H×W"} <= {hint["label"] for hint in saw["hints"]}
    assert saw["action"] == "Set `in_channels=64`"
    assert saw["left"] == 0
    assert "\n".join(saw["text"]) + "\n" == text.replace("nn.Conv2d(32, 64", "nn.Conv2d(64, 64")
