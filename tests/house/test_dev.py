"""The one script: it explains itself, says in one sentence what is missing, and installs nothing twice."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BASH = shutil.which("bash") or "bash"


def bare_copy(folder: Path) -> Path:
    """Copy what the script reads before anything is installed."""
    for name in ("dev", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def tools_only(folder: Path) -> Path:
    """Make a PATH that holds the script's everyday tools and no python."""
    folder.mkdir()
    for name in ("dirname", "cat", "sed", "id", "env"):
        (folder / name).symlink_to(shutil.which(name) or name)
    return folder


def call(script: Path, *arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(path) if path else os.environ["PATH"], "HOME": os.environ.get("HOME", "/tmp")}
    return subprocess.run(
        [BASH, str(script), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd="/",
    )


@pytest.mark.parametrize("name", ["dev", ".ci/run"])
def test_the_scripts_are_executable_and_read_by_bash(name: str) -> None:
    path = ROOT / name
    assert os.access(path, os.X_OK)
    assert subprocess.run([BASH, "-n", str(path)], check=False).returncode == 0


@pytest.mark.parametrize("name", ["dev", ".ci/run", "Dockerfile", "docker-compose.yml", "deploy/nginx.conf"])
def test_no_file_names_a_package_registry(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "index-url" not in text
    assert "http://" not in text.replace("http://localhost", "").replace("http://127.0.0.1", "").replace(
        "http://portal;", ""
    )


def test_without_a_command_it_explains_itself(tmp_path: Path) -> None:
    done = call(bare_copy(tmp_path) / "dev")
    assert done.returncode == 0
    for command in ("./dev run", "./dev test", "./dev check"):
        assert command in done.stdout


def test_what_python_compiled_is_kept(tmp_path: Path) -> None:
    script = bare_copy(tmp_path) / "dev"
    command = [BASH, "-c", f'source {script} >/dev/null; echo "<${{PYTHONDONTWRITEBYTECODE-}}>"']
    told = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert told.stdout.strip() == "<>"


def test_without_python_it_says_so_in_one_sentence(tmp_path: Path) -> None:
    script = bare_copy(tmp_path) / "dev"
    done = call(script, "setup", path=tools_only(tmp_path / "bin"))
    assert done.returncode == 1
    assert done.stderr.startswith("Python 3.11 or later is missing")
    assert len(done.stderr.strip().splitlines()) == 1


def test_an_environment_with_the_right_stamp_is_left_alone(tmp_path: Path) -> None:
    script = bare_copy(tmp_path) / "dev"
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    stamp = subprocess.run(
        [BASH, "-c", f"source {script} >/dev/null; requirements_stamp {sys.executable}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    ).stdout
    (tmp_path / ".venv" / ".stamp").write_text(stamp)
    done = call(script, "setup", path=tools_only(tmp_path / "bin"))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_changed_requirement_makes_the_stamp_stale(tmp_path: Path) -> None:
    script = bare_copy(tmp_path) / "dev"
    command = [BASH, "-c", f"source {script} >/dev/null; requirements_stamp {sys.executable}"]
    before = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    (tmp_path / "requirements.txt").write_text("nothing==1\n")
    after = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    assert before.strip()
    assert before != after
