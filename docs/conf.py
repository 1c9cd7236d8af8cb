"""The book of docs/ as static pages: `make docs`.

Sphinx, for it makes pages of docstrings too; MyST-NB, for it runs the code of a page at every build;
furo, for it reads well on a telephone and in the dark, and fetches nothing.
"""

import os
import re
import sys
from importlib import metadata
from pathlib import Path
from textwrap import indent

import jupytext
import latex2mathml.converter
from docutils import nodes

project = "diffbench"
copyright = author = "The diffbench developers"  # Sphinx reads these names
release = metadata.version("diffbench")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_design",
    "sphinx_copybutton",
]
exclude_patterns = ["_build"]
html_theme = "furo"
html_math_renderer = "mathml"
html_title = f"diffbench {release}"
html_static_path = ["_static"]
html_css_files = ["book.css"]
html_show_sphinx = html_copy_source = False
html_theme_options = {"top_of_page_buttons": []}

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True
nb_execution_in_temp = True
myst_enable_extensions = ["dollarmath", "amsmath", "deflist"]
myst_heading_anchors = 3
autodoc_typehints = "none"

BOOK = Path(__file__).parent / "book"
os.environ["PATH"] = os.pathsep.join(
    [str(Path(sys.executable).parent), os.environ["PATH"]]
)  # `diffbench` of cells
os.environ["EXAMPLES"] = str(Path(__file__).parents[1] / "examples")  # for the cells that run them


def write_notebooks(app):
    """Beside every page of the book, the notebook that it is."""
    folder = Path(app.outdir) / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    for page in sorted(BOOK.glob("*.md")):
        jupytext.write(jupytext.read(page), folder / f"{page.stem}.ipynb")


def link_notebook(app, pagename, templatename, context, doctree):
    folder, _, name = pagename.rpartition("/")
    if folder == "book":
        link = f'<a href="../notebooks/{name}.ipynb" download>This page as a notebook</a>'
        context["body"] = f'<p class="notebook">{link}</p>' + context["body"]


ACCESSIBLE = {  # what axe-core misses in Sphinx's and furo's templates
    '<p class="caption" role="heading"': '<p class="caption" role="heading" aria-level="2"',
    '<aside class="sidebar-drawer"': '<aside class="sidebar-drawer" aria-label="Pages"',
    '<aside class="toc-drawer': '<aside aria-label="On this page" class="toc-drawer',
    "<pre": '<pre tabindex="0"',
    '<div class="cell_output': '<div tabindex="0" class="cell_output',
    '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper',
    '<div class="formula"': '<div tabindex="0" class="formula"',
}


def make_accessible(app, exception):
    """What scrolls can be reached by keyboard, and every part of a page has a name and a level."""
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text()
        for written, better in ACCESSIBLE.items():
            text = text.replace(written, better)
        page.write_text(text)


def as_text(app, what, name, obj, options, lines):
    """Docstrings are plain text: examples and indented lines stay as they are, the rest is escaped."""
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines))
    lines[:] = "\n\n".join(map(paragraph, paragraphs)).splitlines()


def paragraph(text):
    if ">>>" in text:
        return text
    if text.startswith(" "):
        return "::\n\n" + indent(text, "    ")
    return re.sub(r"([*|\\_])", r"\\\1", text)


def formula(display):
    """Formulas as MathML, which browsers draw without a script."""

    def visit(writer, node):
        made = latex2mathml.converter.convert(node.astext(), display=display)
        writer.body.append(made if display == "inline" else f'<div class="formula">{made}</div>')
        raise nodes.SkipNode

    return visit, None


def setup(app):
    app.add_html_math_renderer("mathml", formula("inline"), formula("block"))
    app.connect("autodoc-process-docstring", as_text)
    app.connect("builder-inited", write_notebooks)
    app.connect("html-page-context", link_notebook)
    app.connect("build-finished", make_accessible)
