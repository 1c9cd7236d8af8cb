"""What a report shows beside the matrix: a table an idea, by suite; `paper/` holds the published figures."""
