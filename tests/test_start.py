"""The application starts with good settings only, and says in one sentence what is wrong."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.settings import environment
from vberatung.config import PROJECT


def start(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What the server would do first, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", "from app import app; print(app.name)"],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"]} | env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_starts_with_everything_that_production_needs(tmp_path: Path) -> None:
    started = start(environment(tmp_path))
    assert (started.returncode, started.stdout) == (0, "vberatung\n"), started.stderr


def test_it_refuses_to_start_with_a_sentence_that_holds_no_secret(tmp_path: Path) -> None:
    refused = start(environment(tmp_path, SECRET_KEY="zu kurz"))
    assert refused.returncode == 1
    (sentence,) = refused.stderr.strip().splitlines()
    assert sentence.startswith("SECRET_KEY is too weak")
    assert "zu kurz" not in sentence
