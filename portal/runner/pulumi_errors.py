"""The reason in what the Pulumi CLI and its SDK print when they fail."""


def reason_of(text: str) -> str:
    """Return the first line with an error, else the first with any text."""
    lines = [line.strip() for line in text.splitlines()]
    errors = [line for line in lines if "error:" in line]
    return (errors or [line for line in lines if line] or ["no reason given"])[0]
