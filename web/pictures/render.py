"""Draw the pictures of web/static from their sources beside this file; needs Chromium."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
STATIC = HERE.parent / "static"


def render() -> None:
    """Write one PNG for each SVG, in its own size."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        for source in sorted(HERE.glob("*.svg")):
            page.set_content(f"<style>body{{margin:0}}svg{{display:block}}</style>{source.read_text()}")
            page.locator("svg").screenshot(path=STATIC / f"{source.stem}.png", omit_background=True)
        browser.close()


if __name__ == "__main__":
    render()
