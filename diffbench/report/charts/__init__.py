"""One chart a file: a question, and the drawing that answers it."""
