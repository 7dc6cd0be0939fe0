"""What is safe to sell: products, their dossiers, the safety specification and the batches. Knows nothing of the web."""
