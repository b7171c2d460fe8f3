"""What this project uses of cmarkgfm, which comes without types."""

from collections.abc import Sequence

def markdown_to_html_with_extensions(
    text: str, options: int = 0, extensions: Sequence[str] | None = None
) -> str: ...
