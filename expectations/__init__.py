"""Rules as cards, the gate that judges deliveries by them, and the verdict."""
