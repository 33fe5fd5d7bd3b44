"""Where a page says it is."""


def address_now(page) -> str:
    """Unlike page.url, never behind what the page's own code has done."""
    return page.evaluate("location.href")
