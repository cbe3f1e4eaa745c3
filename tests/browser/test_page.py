"""The page as a whole: words, colours, keyboard, narrow windows, hostile labels, notebooks."""

import re

import pytest

from autograd_mini import Value, explore, scope
from autograd_mini.show import explorer
from tests.browser.graphs import box, leaf, neuron, shared, ten, text

HOSTILE = [
    '</script><script>document.title = "hacked"</script>',
    '<img src=x onerror="document.title = 1">',
    "\"quoted\" \\ and 'quoted'",
    "two\nlines",
    "  ",
    "重み",
    "/* SCRIPT */ ${1} &amp; \u2028",
]


def test_a_ten_node_graph_is_small():
    assert len(explore(ten()).html.encode()) < 150_000


def test_nothing_on_the_page_names_an_address():
    names = set(re.findall(r"\w+://[\w./]*", explore(neuron()).html))
    assert names == {"http://www.w3.org/2000/svg"}  # the name of a language, asked of nobody


def test_the_title_is_the_whole_expression(show):
    tab = show(explore(neuron()))
    assert tab.title() == text(tab, "h1") == "y = tanh(w * x + b)"


def test_numbers_are_written_for_people(show):
    tab = show(explore(neuron()))
    written = tab.evaluate(
        "[0.1 + 0.2, -0, -2.5, 1e-5 / 3, 0.00025, 1234567.89, 2 ** 60, -Infinity, NaN]"
        ".map((x) => show(x))"
    )
    assert written == [
        *("0.3", "−0", "−2.5", "3.33333e−6", "0.00025", "1234570", "1.15292e18", "−∞", "nan")
    ]


def test_japanese_and_back(show):
    tab = show(explore(neuron()), "step=8")
    tab.click("#language")
    assert tab.get_attribute("html", "lang") == "ja"
    assert text(tab, "#sentence").startswith("逆伝播、v1 から w へ：上流の勾配 0.359201")
    assert text(tab, "#sum") == "w の勾配 = 0.718403 （確定）"
    assert box(tab, "w") == "勾配 0.718403"
    for mode in ("predict", "breaks"):
        tab.click(f"#tab-{mode}")
        assert not re.search("[a-z]{5}", text(tab, "#view").replace("tanh", ""))
    assert "確定していない勾配を渡す最初のノードで" in text(tab, "#below")
    tab.click("#tab-predict")
    assert "有効数字二桁で" in text(tab, "#panel")
    tab.click("#language")
    assert text(tab, "#tab-breaks") == "Break the engine"
    assert text(show(explore(neuron(), lang="ja")), "#tab-steps") == "一歩ずつ"


def test_both_languages_have_the_same_phrases(show):
    tab = show(explore(neuron()))
    shapes = tab.evaluate(
        """() => {
          const shape = (x) => typeof x === "function" ? x.length : typeof x === "object"
            ? Object.fromEntries(Object.entries(x).map(([key, y]) => [key, shape(y)])) : "";
          return [shape(PHRASES.en), shape(PHRASES.ja)];
        }"""
    )
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_is_shown_as_typed_and_does_not_run(show, label):
    y = Value(2.0, label) * Value(3.0, "x")
    y.label = label * 2
    tab = show(explore(y), "step=3")
    # but for what would not be seen
    label = label.replace("\n", "⏎") if label.strip() else "␣" * len(label)
    assert tab.title().split() == f"{label * 2} = {label} * x".split()
    assert label in text(tab, "#sentence")
    assert f"Gradient of {label} = " in text(tab, "#sum")
    names = tab.eval_on_selector_all("td .name", "all => all.map((each) => each.title)")
    assert names == [label, "x", label * 2]
    assert tab.locator("script").count() == 2
    assert tab.locator("img").count() == 0
    tab.click("#tab-breaks")
    assert label in text(tab, "#below")


def test_a_scope_is_named_as_its_label_in_the_graph(show):
    with scope("two\nlines"):
        y = Value(2.0, "x") * 3
    with scope("  "):
        tab = show(explore(y * 2))
    assert tab.locator("#scopes button").all_text_contents() == ["▾ ␣␣", "▾ two⏎lines"]
    tab.locator("#scopes button").last.click()
    assert text(tab, ".box.scope .name") == "▸ two⏎lines"


# --- colours -------------------------------------------------------------------------------------


def colours(theme):
    css = (explorer.PAGE / "page.css").read_text("utf-8")
    block = css.split(f':root[data-theme="{theme}"] {{' if theme else ":root {")[1].split("}")[0]
    return dict(re.findall(r"--(\w+): (#\w{6})", block))


def contrast(one, other):
    """Of two colours, by WCAG 2.2."""

    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_black_and_white():
    assert contrast("#ffffff", "#000000") == 21
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["", "dark"])
def test_contrast_is_aa(theme):
    found = colours(theme)
    assert len(found) == 11
    texts = [
        (text, ground)
        for text in ("ink", "faint", "value", "gradient", "right", "wrong")
        for ground in ("paper", "ground")
    ] + [(text, "lit") for text in ("ink", "faint", "value", "gradient")]
    lines = [
        (line, ground)
        for line in ("line", "value", "gradient", "wrong")
        for ground in ("paper", "ground")
    ]
    low = {pair for pair in texts if contrast(*(found[name] for name in pair)) < 4.5}
    low |= {pair for pair in lines if contrast(*(found[name] for name in pair)) < 3}
    assert low == set()


def test_light_dark_and_what_the_system_prefers(show):
    tab = show(explore(neuron()), color_scheme="dark")
    assert tab.get_attribute("html", "data-theme") == "dark"
    paper = "getComputedStyle(document.body).backgroundColor"
    assert tab.evaluate(paper) == "rgb(24, 27, 32)"
    tab.click("#theme")
    assert tab.evaluate(paper) == "rgb(255, 255, 255)"
    assert text(tab, "#theme") == "Dark"


# --- the keyboard alone --------------------------------------------------------------------------


def test_tabs_move_by_arrows_and_are_named(show):
    tab = show(explore(neuron()))
    tab.focus("#tab-steps")
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("document.activeElement.id") == "tab-predict"
    assert tab.get_attribute("#tab-predict", "aria-selected") == "true"
    assert tab.get_attribute("#view", "aria-labelledby") == "tab-predict"
    assert tab.get_attribute("#view", "role") == "tabpanel"
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("document.activeElement.id") == "tab-steps"
    assert text(tab, "#counter") == "0 of 9"  # the arrows did not step as well


def test_everything_is_reached_by_tab_and_the_focus_is_seen(show):
    tab = show(explore(neuron()), "step=3")
    reached = []
    for _ in range(40):
        tab.keyboard.press("Tab")
        at = tab.evaluate(
            """() => {
              const e = document.activeElement, seen = e.querySelector("rect") ?? e;
              const style = getComputedStyle(seen);
              const label = e.getAttribute("aria-label");
              return [e.id || label || e.tagName, label || e.textContent,
                style.outlineStyle !== "none" || style.strokeWidth === "4px"];
            }"""
        )
        if at[0] == "BODY":
            break
        reached.append(at)
    names = [name for name, _, _ in reached]
    assert [seen for _, _, seen in reached] == [True] * len(reached)
    assert all(said for _, said, _ in reached)
    for wanted in (
        "tab-steps",
        "language",
        "theme",
        "first",
        "slider",
        "last",
        "w: 0.5",
        "y: 0.800499",
    ):
        assert wanted in names, names
    assert "the value of b" in names


# --- other places --------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["steps", "predict", "breaks"])
def test_a_phone_scrolls_down_only(show, mode):
    tab = show(explore(shared()), viewport={"width": 360, "height": 740}, has_touch=True)
    tab.click(f"#tab-{mode}")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    assert leaf(tab, "x").bounding_box()["width"] > 80


PHONE = {"viewport": {"width": 390, "height": 844}, "reduced_motion": "reduce"}


def test_a_phone_shows_both_ends_of_a_push(show):
    tab = show(explore(ten()), **PHONE)
    shown = 0
    for _ in range(28):
        tab.click("#forth")
        frame = tab.locator("#graph").bounding_box()
        lit = [each.bounding_box() for each in tab.locator(".box.lit").all()]
        near = [each.bounding_box() for each in tab.locator(".box.from").all()]
        near = [each for each in near if each["x"] - lit[0]["x"] < 230]  # both of them fit
        shown += len(near)
        for at in lit + near:
            assert frame["x"] <= at["x"]
            assert at["x"] + at["width"] <= frame["x"] + frame["width"]
            assert at["y"] + at["height"] <= frame["y"] + frame["height"] <= 844
    assert shown == 14
    behaviour = "getComputedStyle(document.getElementById('graph')).scrollBehavior"
    assert tab.evaluate(behaviour) == "auto"
    tab.emulate_media(reduced_motion="no-preference")
    assert tab.evaluate(behaviour) == "smooth"


def test_a_leaf_that_is_dragged_does_not_run_away(show):
    tab = show(explore(ten()), "step=13", **PHONE)  # the root, at the far end
    tab.evaluate("document.getElementById('graph').scrollLeft = 0")
    leaf(tab, "x").focus()
    at = leaf(tab, "x").bounding_box()
    tab.keyboard.press("ArrowUp")
    assert box(tab, "x", "value") == "1.02"
    assert leaf(tab, "x").bounding_box() == at


@pytest.mark.parametrize(("width", "scale"), [(1600, 1.3), (390, 0.79)])
def test_a_graph_is_as_large_as_its_place_and_legible(show, width, scale):
    tab = show(explore(shared()), viewport={"width": width, "height": 900})
    assert leaf(tab, "x").locator("rect").bounding_box()["width"] >= scale * 144


def test_in_print_there_is_nothing_to_press(show):
    tab = show(explore(neuron()), "step=9", color_scheme="dark")
    tab.emulate_media(media="print")
    for hidden in ("#stepper", "#tabs", "#switches", "#reset"):
        assert not tab.is_visible(hidden)
    assert tab.is_visible("#graph")
    notes = tab.locator(".note")
    assert [note.is_visible() for note in notes.all()] == [False, True]  # of typing, of measuring
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_in_a_notebook_it_is_a_frame_that_works(show, tmp_path):
    class Notebook:
        def save(self, path):
            path.write_text(f"<!doctype html><body>{explore(neuron())._repr_html_()}")
            return path

    frame = show(Notebook()).frame_locator("iframe")
    frame.locator("#forth").click()
    frame.locator("#forth").click()
    assert frame.locator("#counter").text_content() == "2 of 9"
