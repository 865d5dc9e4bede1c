"""Ralph: what is called done is done. Pure rules over evidence that the engine itself collected."""
