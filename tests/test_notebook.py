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
