"""The notebook of the documentation runs in a kernel of Jupyter, and prints what it shows."""

import json
import subprocess
import sys
from pathlib import Path

NOTEBOOK = Path(__file__).parents[1] / "docs" / "first-steps.ipynb"
RUN = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], 4)
NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[2])
"""


def shown(path):
    """The outputs of the cells: texts, and whether there is a rich form."""
    cells = json.loads(Path(path).read_text())["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    assert not [o for o in outputs if o["output_type"] == "error"]
    return [
        ("text/html" in data, "".join(data.get("text/plain", ())))
        for output in outputs
        if (data := output.get("data", {"text/plain": output.get("text", "")}))
    ]


def test_the_notebook_prints_what_it_shows(tmp_path):
    made = tmp_path / "made.ipynb"
    subprocess.run(
        [sys.executable, "-c", RUN, NOTEBOOK, made], check=True, capture_output=True, cwd=tmp_path
    )
    assert shown(made) == shown(NOTEBOOK)
    assert sum(is_rich for is_rich, _ in shown(made)) == 2


CELLS = [
    "import numpy as np, diffbench as db",
    """@db.problem(point=lambda n, rng: rng.normal(size=n), sizes=(2,))
def of_a_cell(x, xp=np):
    return xp.sum(xp.sin(x) ** 2)""",
    """rows = db.run([of_a_cell], ["reverse"]).rows
rows += db.compare(lambda x: np.sum(x**3), np.ones(2), methods=["reverse"]).rows
[str(row["status"]) for row in rows]""",
    'db.compare(lambda x: np.sum(x**3), np.ones(2), methods=["reverse"])',
]


def test_functions_of_cells_are_run_and_compared_and_shown_as_tables(tmp_path):
    cells = [
        {"cell_type": "code", "metadata": {}, "source": c, "outputs": [], "execution_count": None}
        for c in CELLS
    ]
    asked = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    asked_for, made = tmp_path / "asked.ipynb", tmp_path / "made.ipynb"
    asked_for.write_text(json.dumps(asked))
    subprocess.run([sys.executable, "-c", RUN, asked_for, made], check=True, capture_output=True)
    (_, statuses), (is_rich, _) = shown(made)
    assert statuses == "['ok', 'ok']" and is_rich
