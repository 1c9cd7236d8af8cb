"""How charts are drawn: canvas, axes, colours, markers, labels that do not overlap."""
