"""`python -m ingestion` is `finsam`."""

from ingestion.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
