"""The README's examples do what the README says they do."""

import doctest
import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
PYTHON_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_examples(tmp_path, monkeypatch):
    """Blocks run from top to bottom in one session, as a reader types them."""
    monkeypatch.chdir(tmp_path)  # whatever they write
    text = README.read_text(encoding="utf-8")
    session = {"__name__": "__main__"}
    complaints = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for block in PYTHON_BLOCK.finditer(text):
        line = text.count("\n", 0, block.start(1))
        if ">>>" in block[1]:
            example = doctest.DocTestParser().get_doctest(
                block[1], session, "README", str(README), line
            )
            example.globs = session  # the parser took a copy
            runner.run(example, out=complaints.append, clear_globs=False)
        else:
            exec(compile("\n" * line + block[1], README, "exec"), session)
    assert runner.tries > 0, "README.md shows no >>> example"
    assert not complaints, "".join(complaints)
