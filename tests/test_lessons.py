"""The lessons as pages: both languages, notebooks, exercises that know why an answer is wrong."""

import ast
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from autograd_mini.cli import main
from autograd_mini.lessons import (
    LANGUAGES,
    Lesson,
    LessonError,
    exercise,
    find_lesson,
    lessons,
    notebook,
    run_lesson,
)

#: For each lesson a right answer, and wrong ones with words of what is said of them.
EXERCISES = {
    1: (
        0.5750,
        {
            -0.2875: "through the first input alone",
            0.8624: "through the second input alone",
            -0.5750: "look at the sign",
            0.2875: "2 \\* error",
            -1.1500: "with their signs",
            7.0: "sigmoid's slope",
        },
    ),
    2: (
        "forward",
        {"numeric": "not exact", "reverse": "1,000 walks back", "backward": "answer with"},
    ),
    3: (
        -0.027308,
        {
            -0.136954: "that is delta_o, as printed",
            0.199397: "that is delta_m, as printed",
            0.027308: "look at the sign",
            -0.016385: "no input to multiply with",
            -0.034135: "leads through w_mo",
            -0.109563: "has a sigmoid too",
            1.0: "it is delta_o \\*",
        },
    ),
    4: (
        0.162,
        {
            1.8: "goes on through the sigmoid",
            0.09: "the sigmoid's slope",
            0.81: "the loss itself",
            0.081: "the square's slope is 2",
            -0.162: "look at the sign",
            1.0: "it is 2 \\*",
        },
    ),
    5: (
        "dout * (1 - out**2)",
        {
            "1 - out**2": "multiplies it with dout",
            "dout * (1 - out)": r"slope is 1 - out\*\*2$",
            "dout * (1 - x**2)": "with the output",
            "dout * out * (1 - out)": "slope of the sigmoid",
            "-dout * (1 - out**2)": "rises everywhere",
            "dout * y": "y: only x, out and dout are known",
            "dout": "it gives 1.500000, but the engine 1.179",
        },
    ),
    6: (
        0.33333,
        {
            -0.3: "a rate is positive",
            0.16667: "a single step",
            0.2: "still multiplies .* 0.200",
            0.3: "still multiplies .* 0.800",
            0.4: "it began earlier",
        },
    ),
    7: (
        0.3,
        {
            21.0: "the step of SGD",
            0.03: "corrects for that",
            0.9487: "without its corrections",
            5.0: "write down both means",
        },
    ),
    8: (
        [1.609, -0.8],
        {
            "1.609": "answer with",
            (1.609,): "two numbers",
            (-1.609, -0.8): "minus the logarithm",
            (0.2, -0.8): "logarithm of 0.2",
            (1.609, 0.8): "look at the sign",
            (1.609, 0.2): "share less 1",
            (1.609, 0.0): "less 1 if true",
        },
    ),
    9: (
        [0.6, -1],
        {
            "0.6": r"answer with \[loss, slope\]",
            (0.6,): "two numbers",
            (0, 0): "there is a loss",
            (0.36, -1): "max\\(0, 1 - t",
            (0.6, 1): "look at the sign",
            (0.6, -0.4): "linear in the answer",
            (0.6, 0): "has one slope",
        },
    ),
}

SCRIPT = """# %% [markdown]
# # 7. A title
#
# Prose.

# %%
import sys  # or argparse

seen = sys.argv[1:]

# %% [markdown]
# More prose.

# %% tags=["exercise"]
def check_exercise(answer: float):
    assert answer == 4, f"two and two, not {answer}"
    return "Right."
"""

JAPANESE = """# 7. 題

文。
%%
続き。
%%
two and two, not {}
2 と 2 です。{} ではありません

Right.
正解です。
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr("autograd_mini.lessons._folder", lambda: tmp_path)
    (tmp_path / "07_title.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "ja").mkdir()
    (tmp_path / "ja" / "07_title.md").write_text(JAPANESE, encoding="utf-8")
    return tmp_path


# ---- the lessons there are


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_lesson_has_its_prose_and_its_number_in_every_language(language):
    for lesson in lessons(language):
        assert lesson.title.startswith(f"{lesson.number}. ")
    assert [lesson.number for lesson in lessons(language)] == list(EXERCISES)


def test_the_prose_is_translated():
    for english, japanese in zip(lessons("en"), lessons("ja"), strict=True):
        for here, there in zip(english.cells, japanese.cells, strict=True):
            assert here.is_prose == there.is_prose
            assert here.is_prose == (here.text != there.text)
            if here.is_prose:
                assert any("\u3041" <= letter <= "\u30ff" for letter in there.text)


@pytest.mark.parametrize("number", EXERCISES)
def test_every_exercise_accepts_what_is_right_and_explains_what_is_wrong(number):
    right, wrong = EXERCISES[number]
    check = exercise(find_lesson(number))
    assert check(right)
    for answer, reason in wrong.items():
        with pytest.raises(AssertionError, match=reason):
            check(answer)


def what_is_said(check, answer):
    """Of a right answer or of a wrong one."""
    try:
        return check(answer)
    except AssertionError as reason:
        return str(reason)


@pytest.mark.parametrize("number", EXERCISES)
def test_every_sentence_of_an_exercise_has_its_pair_and_every_pair_its_sentence(number):
    right, wrong = EXERCISES[number]
    english, japanese = exercise(find_lesson(number)), exercise(find_lesson(number, "ja"))
    said = {}
    for answer in (right, *wrong):
        said[what_is_said(english, answer)] = what_is_said(japanese, answer)
    for sentence, translated in said.items():
        assert sentence != translated
        assert any("\u3041" <= letter <= "\u30ff" for letter in translated)
    lesson = find_lesson(number, "ja")
    for pair in lesson.sentences:
        alone = replace(lesson, sentences=(pair,))
        assert any(alone.said(sentence) != sentence for sentence in said), pair[0]


# ---- how they are read


def test_a_script_is_cells_of_prose_and_code(folder):
    cells = find_lesson(7).cells
    assert [cell.is_prose for cell in cells] == [True, False, True, False]
    assert cells[0].text == "# 7. A title\n\nProse."
    assert cells[1].text == "import sys  # or argparse\n\nseen = sys.argv[1:]"
    assert SCRIPT.splitlines()[cells[1].line - 1] == "import sys  # or argparse"
    assert SCRIPT.splitlines()[cells[3].line - 1] == "def check_exercise(answer: float):"
    assert cells[3].tag == "exercise"


def test_a_translation_has_the_code_of_the_script(folder):
    cells = find_lesson(7, "ja").cells
    assert [cell.text for cell in cells if cell.is_prose] == ["# 7. 題\n\n文。", "続き。"]
    assert cells[1] == find_lesson(7).cells[1]


def test_a_translation_with_a_part_missing_is_an_error(folder):
    (folder / "ja" / "07_title.md").write_text("# 7. 題\n%%\n", encoding="utf-8")
    with pytest.raises(
        LessonError, match=r"07_title.md has 1 parts .*, but the lesson has 2 cells"
    ):
        find_lesson(7, "ja")


def test_running_a_lesson_shows_each_cell_before_it_runs(folder):
    shown = []
    arguments = list(sys.argv)
    lesson = find_lesson(7)
    run_lesson(lesson, ["--data", "x"], shown.append)
    assert shown == list(lesson.cells)
    assert sys.argv == arguments


def test_a_missing_library_is_named_with_the_line_that_installs_it(folder):
    (folder / "07_title.py").write_text("# %%\nimport no_such_library\n", encoding="utf-8")
    with pytest.raises(LessonError, match=r"needs no_such_library.*pip install 'autograd-mini\["):
        run_lesson(find_lesson(7), [], lambda cell: None)


def test_a_traceback_shows_the_line_of_the_script(folder):
    (folder / "07_title.py").write_text("# %%\n\nx = 1\n\n# %%\nx / 0\n", encoding="utf-8")
    with pytest.raises(ZeroDivisionError) as caught:
        run_lesson(find_lesson(7), [], lambda cell: None)
    assert caught.traceback[-1].lineno + 1 == 6


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notebook_holds_the_cells(folder, language):
    lesson: Lesson = find_lesson(7, language)
    page = json.loads(notebook(lesson))
    assert (page["nbformat"], page["nbformat_minor"]) == (4, 5)
    of_lesson = page["cells"][: len(lesson.cells)]
    assert ["".join(cell["source"]) for cell in of_lesson] == [c.text for c in lesson.cells]
    assert [cell["cell_type"] == "markdown" for cell in of_lesson] == [
        cell.is_prose for cell in lesson.cells
    ]
    assert len(page["cells"]) == len(lesson.cells) + (language != "en")
    assert len({cell["id"] for cell in page["cells"]}) == len(page["cells"])


def shown_by(page):
    """What a notebook shows below its cells: the last expression of each cell that ends in one."""
    space, shown = {"__name__": "__main__"}, []
    for cell in page["cells"]:
        if cell["cell_type"] == "code":
            tree = ast.parse("".join(cell["source"]))
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, "cell", "exec"), space)
            if last:
                shown.append(eval(compile(ast.Expression(last.value), "cell", "eval"), space))
    return space, [thing for thing in shown if thing is not None]


def test_a_notebook_shows_its_pictures(tmp_path, monkeypatch):
    from matplotlib import pyplot as plt

    monkeypatch.chdir(tmp_path)
    plt.switch_backend("svg")  # any that is not the default, as a notebook's is not
    try:
        _, shown = shown_by(json.loads(notebook(find_lesson(1))))
        assert plt.get_backend() == "svg"
        assert len(plt.get_fignums()) == 1, "a figure left open is what a notebook shows"
    finally:
        plt.close("all")
        plt.switch_backend("agg")
    assert ["image/svg+xml" in thing._repr_mimebundle_() for thing in shown] == [True]


def test_no_lesson_chooses_the_backend_or_takes_its_figures_away():
    for lesson in lessons():
        code = "".join(cell.text for cell in lesson.cells if not cell.is_prose)
        assert not any(word in code for word in ("switch_backend", "matplotlib.use", "plt.close"))
        for cell in lesson.cells:
            if "draw(" in cell.text:
                assert cell.text.splitlines()[-1].startswith("draw("), "or a notebook shows nothing"


@pytest.mark.parametrize(("number", "seeds"), [(3, 10), (4, 0), (8, None)])
def test_the_arguments_of_a_notebooks_kernel_are_not_the_lessons(
    number, seeds, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "ipykernel", object())
    monkeypatch.setattr(sys, "argv", ["ipykernel_launcher.py", "-f", "kernel.json"])
    (cell,) = (cell for cell in find_lesson(number).cells if "parse_args" in cell.text)
    space = {}
    exec(cell.text, space)
    assert getattr(space["options"], "seeds", None) == seeds


def test_the_exercise_of_a_japanese_notebook_speaks_japanese(folder, monkeypatch):
    space, _ = shown_by(json.loads(notebook(find_lesson(7, "ja"))))
    assert space["check_exercise"](4) == "正解です。"
    with pytest.raises(AssertionError, match="2 と 2 です。3 ではありません"):
        space["check_exercise"](3)


# ---- the command line


def test_lesson_lists_what_there_is(folder, capsys):
    assert main(["lesson"]) == 0
    assert main(["lesson", "--lang", "ja"]) == 0
    assert capsys.readouterr().out == "7. A title\n7. 題\n"


def test_lesson_runs_one_with_arguments_of_its_own(folder, capsys):
    with (folder / "07_title.py").open("a", encoding="utf-8") as script:
        script.write("\n# %%\nprint(seen)\n")
    assert main(["lesson", "7", "--data", "DIR"]) == 0
    out = capsys.readouterr().out
    assert "['--data', 'DIR']" in out
    assert "A title" in out


def test_lesson_that_does_not_exist(folder, capsys):
    assert main(["lesson", "3"]) == 2
    assert capsys.readouterr().err == "autograd-mini: there is no lesson 3: there are 7\n"


def test_lesson_as_a_notebook(folder, capsys):
    path = folder / "out" / "seven.ipynb"
    assert main(["lesson", "7", "--notebook", str(path)]) == 0
    assert json.loads(path.read_text(encoding="utf-8"))["nbformat"] == 4
    assert capsys.readouterr().out == f"{path}\n"


def test_check_exercise_says_right_or_why_not(folder, capsys):
    assert main(["check-exercise", "7", "4"]) == 0
    assert main(["check-exercise", "7", "-4"]) == 1
    assert main(["check-exercise", "7", "1/2"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "Right.",
        "Not yet. two and two, not -4.0",
        "Not yet. two and two, not 0.5",
    ]


def test_check_exercise_in_japanese(folder, capsys):
    assert main(["check-exercise", "7", "4", "--lang", "ja"]) == 0
    assert main(["check-exercise", "7", "-4", "--lang", "ja"]) == 1
    assert main(["check-exercise", "--lang", "ja", "7", "two"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "正解です。",
        "まだです。2 と 2 です。-4.0 ではありません",
        "まだです。0.25や2/3のように、数で答えてください",
    ]


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        *[("4", "2*0.9*0.9*0.1"), ("6", "1/3"), ("7", " 0.3 "), ("2", "forward")],
        *[("9", "[0.6, -1]"), ("9", "(1 - 0.4, -1)"), ("9", "0.6,-1"), ("8", "[-log(0.2), 0.2-1]")],
        ("5", "dout / cosh(x)**2"),
    ],
)
def test_check_exercise_reads_a_number_however_it_is_written(number, answer):
    assert main(["check-exercise", number, answer]) == 0


@pytest.mark.parametrize("answer", ["0,162", "nan", "1/0", "[0.162]", "0.162 or so", "x", "", "(("])
def test_check_exercise_asks_for_a_number(answer, capsys):
    assert main(["check-exercise", "4", answer]) == 1
    assert capsys.readouterr().out == "Not yet. Answer with a number, as in 0.25 or 2/3\n"


@pytest.mark.parametrize("answer", ["[]", "[0.6 1]", "[0.6, nan]", "[0.6, [-1]]", "loss, slope"])
def test_check_exercise_asks_for_numbers(answer, capsys):
    assert main(["check-exercise", "9", answer]) == 1
    out = capsys.readouterr().out
    assert out == "Not yet. Answer with numbers in brackets, as in [0.25, -2/3]\n"


def test_check_exercise_asks_for_two_numbers(capsys):
    assert main(["check-exercise", "9", "0.6"]) == 1
    assert capsys.readouterr().out == "Not yet. answer with two numbers, [loss, slope]\n"


def test_only_lesson_takes_arguments_that_are_not_its_own(capsys):
    with pytest.raises(SystemExit):
        main(["check-exercise", "1", "2", "3"])
    assert "unrecognized arguments: 3" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["6", "--sedes", "3"], "lesson 6 takes no options: --sedes 3"),
        (["--notebook", "a.ipynb"], "which lesson? Write its number, as in autograd-mini lesson 3"),
        (["--sedes"], "which lesson? Write its number, as in autograd-mini lesson 3"),
        (["3", "--notebook", "a.ipynb", "--seeds"], "a notebook takes no options: --seeds"),
        (["3", "--notebook", "."], "cannot write .: Is a directory"),
    ],
)
def test_lesson_refuses_what_it_would_ignore(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["lesson", *arguments]) == 2
    assert capsys.readouterr().err == f"autograd-mini: {message}\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["3", "--sedes", "3"], "unrecognized arguments: --sedes 3"),
        (["3", "--seeds", "0"], "--seeds: at least 1 network of each kind"),
        (["8", "--step=1", "x"], "unrecognized arguments: x"),
    ],
)
def test_a_lesson_refuses_options_that_it_does_not_know(
    arguments, message, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="2"):
        main(["lesson", *arguments])
    assert message in capsys.readouterr().err


def test_long_lines_of_code_are_shown_whole(folder, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    line = "total = " + " + ".join(f"number_{i}" for i in range(12))
    text = f"# %%\nif False:\n    {line}\n"
    (folder / "07_title.py").write_text(text, encoding="utf-8")
    assert main(["lesson", "7"]) == 0
    assert capsys.readouterr().out.split()[-len(line.split()) :] == line.split()


def test_a_real_lesson_runs_from_the_command_line_without_a_display(tmp_path):
    without = {"DISPLAY", "WAYLAND_DISPLAY", "MPLBACKEND"}
    kept = {name: value for name, value in os.environ.items() if name not in without}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "autograd_mini", "lesson", "1", "--lang", "ja"],
        cwd=tmp_path,
        env={**kept, "COLUMNS": "80", "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "d L / d w1: -0.261834" in done.stdout
    assert "責任" in done.stdout
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "01_landscape.png",
        "01_neuron.svg",
    }
