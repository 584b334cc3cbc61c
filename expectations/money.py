"""Money in rules: whole öre to count with, kronor to show. Pure."""


def as_ore(amount: str) -> int:
    """A canonical amount as whole öre."""
    return int(amount.replace(".", ""))


def in_kronor(ore: int) -> str:
    """Öre as kronor the way Swedish readers write them: `-1 250 000,50`."""
    kronor, rest = divmod(abs(ore), 100)
    return f"{'-' if ore < 0 else ''}{kronor:,}".replace(",", " ") + f",{rest:02d}"
