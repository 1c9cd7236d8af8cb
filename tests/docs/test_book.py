"""The book: it builds without a warning and without a network, its pages compute what the lectures
print, each is a notebook, and a browser shows them to everyone.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import axe_core_python
import jupytext
import pytest
from chromium import needs_chromium, show
from lectures import ITEMS
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

DOCS = Path(__file__).parents[2] / "docs"
CHAPTERS = sorted(page.stem for page in (DOCS / "book").glob("*.md"))
PAGES = sorted(page.stem for page in DOCS.glob("*.md")) + [f"book/{c}" for c in CHAPTERS]
AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text()
NUMBER = re.compile(r"-?\d+\.?\d*(?:e[+-]?\d+)?")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Built as `make docs` builds it; a warning is an error."""
    folder = tmp_path_factory.mktemp("book")
    build = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", DOCS]
    done = subprocess.run([*build, folder / "html"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


def outputs(book, chapter):
    """What the cells of a page printed or showed when it was built."""
    executed = json.loads((book / "jupyter_execute" / "book" / f"{chapter}.ipynb").read_text())
    found = [output for cell in executed["cells"] for output in cell.get("outputs", ())]
    return "\n".join(
        "".join(output.get("text") or output.get("data", {}).get("text/plain", ""))
        for output in found
    )


def lacking(text, wanted):
    """Those of the numbers and texts that are not in it."""
    numbers = [float(found) for found in NUMBER.findall(text)]
    return [
        item
        for item in wanted
        if not (
            item in text
            if isinstance(item, str)
            else any(abs(number - item) <= 1e-12 * abs(item) for number in numbers)
        )
    ]


@pytest.mark.parametrize("item", ITEMS)
def test_a_page_computes_what_the_lectures_print(item, book):
    page, wanted = ITEMS[item]
    assert lacking(outputs(book, page), wanted) == []


def test_a_number_that_is_not_computed_is_missed(book):
    wrong = [0.69314718, "4 TiB"]
    assert lacking(outputs(book, "traces"), wrong) == wrong


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_page_is_a_notebook_and_links_it(chapter, book):
    notebook = json.loads((book / "html" / "notebooks" / f"{chapter}.ipynb").read_text())
    code = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    page = jupytext.read(DOCS / "book" / f"{chapter}.md")
    assert code == [cell.source for cell in page.cells if cell.cell_type == "code"]
    shown = (book / "html" / "book" / f"{chapter}.html").read_text()
    assert f"../notebooks/{chapter}.ipynb" in shown


def test_no_page_loads_anything_from_elsewhere(book):
    for page in (book / "html").rglob("*.html"):
        foreign = r"<(?:script|link|img)[^>]*(?:src|href)=\"(https?://[^\"]+)"
        loaded = re.findall(foreign, page.read_text())
        assert loaded == [], page.name


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_suits_everyone(page, scheme, book, browser):
    show(browser, width=375, scheme=scheme)
    browser.get((book / "html" / f"{page}.html").as_uri())
    assert [line for line in browser.get_log("browser") if line["level"] == "SEVERE"] == []
    wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert browser.execute_script(wide) <= 0
    browser.execute_script("document.querySelectorAll('details').forEach(part => part.open = true)")
    browser.execute_script(AXE)
    browser.set_script_timeout(300)
    run = "axe.run({resultTypes: ['violations']}).then(arguments[arguments.length - 1])"
    violations = browser.execute_async_script(run)["violations"]
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in violations] == []


@needs_chromium
def test_the_step_explorer_is_moved_by_keyboard(book, browser):
    browser.get((book / "html" / "book" / "digits.html").as_uri())
    explorer = browser.find_element(By.CSS_SELECTOR, "figure.explorer")

    def told():
        return [explorer.find_element(By.CLASS_NAME, name).text for name in ("h", "right", "error")]

    best = told()
    slider = explorer.find_element(By.TAG_NAME, "input")
    slider.send_keys(Keys.HOME)
    largest = told()
    slider.send_keys(Keys.END)
    smallest = told()
    assert (largest[0], smallest[0]) == ("3.2·10⁻¹", "1.0·10⁻¹⁶")
    assert len(largest[1]) < 3 > len(smallest[1]) and len(best[1]) > 8
    assert explorer.find_element(By.TAG_NAME, "circle").is_displayed()


def test_the_links_of_the_book_lead_somewhere(book):
    for page in (book / "html").rglob("*.html"):
        for link in re.findall(r'href="([^"#:?]+)(?:#[^"]*)?"', page.read_text()):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
