from typing import ClassVar

from django.db import models


class LooseFile(models.Model):
    """A stored file that no version holds: not yet, or not any more. Who dies between two steps leaves it to the sweeper.

    Written before the file is, taken away in the transaction that gives the file to a version; written again in the one that
    deletes the version. What is still here after a while is removed with its file.
    """

    place = models.CharField(max_length=255, primary_key=True)
    since = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["since"], name="loose_file_since")]

    def __str__(self) -> str:
        return self.place
