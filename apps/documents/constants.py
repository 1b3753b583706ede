"""Fixed values of the library: limits that protect it and words that cross its borders."""

# A passage aims at this many tokens; the embedder's own window is the hard end.
PASSAGE_TOKENS = 200
# Passages shorter than this join a neighbour of the same section.
PASSAGE_TOKENS_MIN = 40
# Where a paragraph is cut in two, the second passage begins with the last sentences of the first: at most so much of them.
PASSAGE_OVERLAP_TOKENS = 30
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

# Text recognition: so many pixels of a page at most, and less time than a reader may be silent.
OCR_PIXELS_MAX = 20_000_000
OCR_PAGE_SECONDS = 50
# A picture unfolds into at most this much, whatever its header promises.
IMAGE_PIXELS_MAX = 80_000_000

# Longer than a reader may be silent: who is ended for it still holds the lease, and can say so.
JOB_LEASE_SECONDS = 75
JOB_MAX_ATTEMPTS = 3
# Behind all that people wait for: what is embedded anew after a change of the model.
LAST_TURN = 2**40
# After an attempt that failed for a reason that may go away; twice as long after the second.
JOB_PAUSE_SECONDS = 15
# A queued job whose hint is older than this is offered to the workers again.
JOB_HINT_SECONDS = 30
# So many at a sweep: a long backlog must not fill the queue with hints of what is waiting in it already.
JOB_SWEEP_MAX = 50
PROGRESS_INTERVAL_SECONDS = 0.2
# A file that no version holds after so long is nobody's: no upload takes longer between its first byte and its row.
LOOSE_FILE_SECONDS = 3600
# So long a task goes on reading before it ends and asks for another, in the middle of no document.
READ_TASK_SECONDS = 2.0
# One call of the embedder: long enough that its threads are busy, short enough that whoever comes meanwhile hardly waits.
EMBED_CALL_SECONDS = 0.15
EMBED_CALL_CHARS = 8_000
# One round, which is one transaction, as long as nobody else waits.
EMBED_ROUND_CHARS = 48_000
EMBED_ROUND_TEXTS = 256
EMBED_ROUND_TEXTS_A_JOB = 64
EMBED_ROUND_JOBS = 128
# A task of the embedder ends after so long and asks for another: workers can be stopped and renewed.
EMBED_TASK_SECONDS = 600
# How often, while there is much to embed, the words of what was published are counted.
FOLD_SECONDS = 2.0
# How long a document waits for a model that does not answer.
EMBED_PAUSE_SECONDS = 15

DEFAULT_COLLECTION = "General"
DEFAULT_SLUG = "general"
HANDBOOK_COLLECTION = "Handbook"
HANDBOOK_SLUG = "handbook"
NAME_MAX_CHARS = 200
PATH_MAX_CHARS = 1000
TAG_MAX_CHARS = 50
TAGS_MAX = 20
LEAVES_AT_ONCE = 10
PASSAGES_A_LEAF = 12
