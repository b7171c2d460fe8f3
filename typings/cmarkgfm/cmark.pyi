"""What this project uses of cmarkgfm, which comes without types."""

class Options:
    CMARK_OPT_UNSAFE: int
    CMARK_OPT_SMART: int
