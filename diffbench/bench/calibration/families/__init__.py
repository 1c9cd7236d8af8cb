"""Functions R -> R with known derivatives: the half that constants were tuned on, and the half held back."""
