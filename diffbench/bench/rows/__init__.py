"""What a run leaves: records in a journal, results as a table, and two runs side by side."""
