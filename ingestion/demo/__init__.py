"""Demo deliveries of a real association, made from its printed annual report."""
