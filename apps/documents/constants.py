"""Fixed values of the library: limits that protect it and words that cross its borders."""

# A passage aims at this many tokens; the embedder's own window is the hard end.
PASSAGE_TOKENS = 200
# Passages shorter than this join a neighbour of the same section.
PASSAGE_TOKENS_MIN = 40
# The heading path is embedded with the text; it may take at most this much of the window.
HEADING_PATH_TOKENS = 48
# Held besides the tokenizer's count: one very long "word" is a single token to it.
PASSAGE_CHARS_MAX = 4000

# Limits on what one file may cost, whatever its bytes say about themselves.
MAX_PAGES = 3000
MAX_TEXT_CHARS = 8_000_000
MAX_ARCHIVE_BYTES = 300 * 1024 * 1024
MAX_ARCHIVE_ENTRIES = 10_000
MAX_ARCHIVE_DIRECTORY_BYTES = 4 * 1024 * 1024
MAX_ARCHIVE_RATIO = 200
# A tree of XML takes twenty-five times the bytes that it was read from.
MAX_PARSE_MEMORY_BYTES = 1536 * 1024 * 1024
# Columns of one row do not make the others as wide: a million rows under a million columns would be a trillion cells.
MAX_PADDED_COLUMNS = 16

JOB_LEASE_SECONDS = 60
JOB_MAX_ATTEMPTS = 3
# A queued job whose hint is older than this is offered to the workers again.
JOB_HINT_SECONDS = 30
# So many at a sweep: a long backlog must not fill the queue with hints of what is waiting in it already.
JOB_SWEEP_MAX = 50
PROGRESS_INTERVAL_SECONDS = 0.2
EMBED_BATCH = 32

DEFAULT_COLLECTION = "General"
DEFAULT_SLUG = "general"
HANDBOOK_COLLECTION = "Handbook"
HANDBOOK_SLUG = "handbook"
NAME_MAX_CHARS = 200
LEAVES_AT_ONCE = 10
PASSAGES_A_LEAF = 12
SEARCH_CANDIDATES = 60
SEARCH_CONFIG = "english"
