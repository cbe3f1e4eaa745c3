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


#: With these begins what a page needs a browser for.
WORDS = "// Every word of the page"


def on_page(page, script):
    """What a script says that knows the graph and the numbers of a page."""
    data = page.html.split('id="data">')[1].split("</script>")[0]
    own = page.html.split('"use strict";')[1].split(WORDS)[0]
    element = f"{{ textContent: {json.dumps(data)} }}"
    return run(f"const document = {{ getElementById: () => ({element}) }};{own}{SAY}{script}")
