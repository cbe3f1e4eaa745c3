"""The graphs that the pages of these tests show."""

from autograd_mini import Value, tanh


def neuron():
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(0.1, "b")
    y = tanh(w * x + b)
    y.label = "y"
    return y


def twice():
    """The smallest graph on which the order matters: c = b + b, b = a + a."""
    a = Value(3.0, "a")
    b = a + a
    b.label = "b"
    c = b + b
    c.label = "c"
    return c


def shared():
    """x is read twice, with contributions that differ: z = x * y + x."""
    x, y = Value(2.0, "x"), Value(-3.0, "y")
    z = x * y + x
    z.label = "z"
    return z


def ten():
    """Ten operations, with leaves that are read several times."""
    x, y = Value(1.0, "x"), Value(2.0, "y")
    z = (x * y + x * x - y / x).tanh() * x + (y - 1).exp()
    z.label = "z"
    return z


def text(tab, selector):
    return tab.text_content(selector)


def box(tab, name, kind="gradient"):
    """What a node's box shows: its value or its gradient."""
    return tab.evaluate(
        """([name, kind]) => {
          const boxes = [...document.querySelectorAll(".box")];
          const found = boxes.find((g) => g.querySelector(".name").textContent === name);
          return found.querySelector("." + kind).textContent;
        }""",
        [name, kind],
    )


def gradient(tab, name):
    """A node's gradient and its finite difference, as the table says them."""
    return tab.evaluate(
        """(name) => {
          const rows = [...document.querySelectorAll("[data-row]")];
          const row = rows.find((r) => r.querySelector(".name").title === name);
          return [row.cells[1].textContent, row.cells[2].firstChild.textContent]
            .map((text) => Number(text.replace("−", "-")));
        }""",
        name,
    )


def leaf(tab, name):
    """The box of a leaf."""
    return tab.locator(".box.leaf").filter(has=tab.locator(".name", has_text=name))
