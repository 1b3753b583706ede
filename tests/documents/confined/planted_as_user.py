"""The same server, which becomes an ordinary user once it has imported all: where tests run as root, both are tried."""

import codecs
import os
import sys

from apps.documents.ingest.confined import server
from tests.documents.confined import planted

NOBODY = 65534


def plant() -> None:
    planted.plant()
    # Python's own files may be root's here; what attacks need of them late is imported while they can be read.
    codecs.lookup("idna")
    os.chown(sys.argv[2], NOBODY, NOBODY)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


if __name__ == "__main__":
    with planted.measured():
        server.main(sys.argv[1:], plant)
