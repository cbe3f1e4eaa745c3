"""Runs JavaScript in Node, for the tests of what a page computes."""

import json
import shutil
import subprocess

import pytest

needs_node = pytest.mark.skipif(
    shutil.which("node") is None, reason="needs Node: apt-get install nodejs"
)

#: `say` writes any numbers as JSON, `heard` reads them.
SAY = """
const written = (x) => Array.isArray(x) || ArrayBuffer.isView(x) ? Array.from(x, written)
  : Number.isNaN(x) ? "nan" : x === Infinity ? "inf" : x === -Infinity ? "-inf" : x;
const say = (x) => console.log(JSON.stringify(written(x)));
const heard = (x) => Array.isArray(x) ? x.map(heard)
  : { nan: NaN, inf: Infinity, "-inf": -Infinity }[x] ?? x;
"""


def run(script):
    """What a script says, as JSON."""
    done = subprocess.run(
        ["node", "-"], input=script, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
