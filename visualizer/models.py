"""What is kept in the database: labs, their tapes, and the files of their editors."""

import secrets
from typing import ClassVar

from django.db import models
from django.utils import timezone


def new_lab_id() -> str:
    """128 random bits, safe in a path: who has the address may watch, nobody can guess it."""
    while (token := secrets.token_urlsafe(16)).startswith("-"):
        pass  # An id that looks like an option would be a nuisance on a command line.
    return token


class Lab(models.Model):
    """One learner's lab. Its tape is `JournalEntry`, its files are `LabFile`."""

    id = models.CharField(primary_key=True, max_length=32, default=new_lab_id, editable=False)
    owner_hash = models.CharField(max_length=64, db_index=True)
    """SHA-256 of the owner's cookie, in hexadecimal."""
    engine = models.CharField(max_length=16)
    opened_at = models.DateTimeField(default=timezone.now)
    last_seen = models.DateTimeField(default=timezone.now, db_index=True)
    next_seq = models.PositiveBigIntegerField(default=1)
    """The number that the next event on the tape will have; guards against a second writer."""
    tape_bytes = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(next_seq__gte=1), name="lab_next_seq_from_1"),
            models.CheckConstraint(
                condition=models.Q(owner_hash__regex="^[0-9a-f]{64}$"),
                name="lab_owner_is_a_sha256",
            ),
        ]

    def __str__(self) -> str:
        return self.id


class JournalEntry(models.Model):
    """One event of a lab's tape, as `events.codec` writes it."""

    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="tape", db_index=False)
    seq = models.PositiveBigIntegerField()
    at_ms = models.PositiveBigIntegerField()
    type = models.CharField(max_length=40)
    body = models.TextField()

    class Meta:
        verbose_name_plural = "journal entries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lab", "seq"], name="journal_seq_once_a_lab"),
            models.CheckConstraint(condition=models.Q(seq__gte=1), name="journal_seq_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.lab_id} #{self.seq} {self.type}"


class KeptFile(models.Model):
    """A file that a build was given, kept by its content, so that builds can be compared."""

    lab = models.ForeignKey(
        Lab, on_delete=models.CASCADE, related_name="kept_files", db_index=False
    )
    sha256 = models.CharField(max_length=64)
    """Of the content, in hexadecimal, as `build.started` names it."""
    content = models.BinaryField()
    kept_at = models.DateTimeField(default=timezone.now)
    """When a build last had it; the oldest goes first when the lab's share is full."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lab", "sha256"], name="content_once_a_lab"),
        ]

    def __str__(self) -> str:
        return self.sha256


class Recording(models.Model):
    """A tape that was taken out of its lab to be played anywhere."""

    id = models.CharField(primary_key=True, max_length=32, default=new_lab_id, editable=False)
    """Its address: who has it may play it, nobody can guess it."""
    owner_hash = models.CharField(max_length=64, db_index=True)
    """SHA-256 of the owner's cookie, in hexadecimal."""
    title = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now)
    events = models.PositiveIntegerField()
    length_ms = models.PositiveBigIntegerField()
    packed = models.BinaryField()
    """The file, header and events as JSON lines, compressed by gzip."""

    def __str__(self) -> str:
        return self.id


class LabFile(models.Model):
    """A file of the lab's editor, which is the build context."""

    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="files", db_index=False)
    path = models.CharField(max_length=255)
    content = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lab", "path"], name="file_path_once_a_lab"),
        ]

    def __str__(self) -> str:
        return self.path
