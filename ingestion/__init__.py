"""Takes deliveries in, proves them, builds the marts and publishes them. `finsam` is its command line."""
