"""The admin pages: labs and their tapes, to look at and to delete, never to rewrite."""

from django.contrib import admin
from django.http import HttpRequest

from visualizer.models import JournalEntry, Lab, Recording


class ReadOnly:
    """Facts are not edited."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Labs are opened by learners."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """A tape is written by its runner alone."""
        return False


@admin.register(Lab)
class LabAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Labs by when they were last seen."""

    list_display = ["id", "engine", "opened_at", "last_seen", "next_seq", "tape_bytes"]
    ordering = ["-last_seen"]
    exclude = ["owner_hash"]


@admin.register(JournalEntry)
class JournalEntryAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """A lab's tape, searched by the lab's id."""

    list_display = ["lab_id", "seq", "at_ms", "type"]
    search_fields = ["=lab__id"]
    ordering = ["lab", "seq"]
    show_full_result_count = False


@admin.register(Recording)
class RecordingAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Recordings, the newest first; deleting one revokes it."""

    list_display = ["id", "title", "made_at", "events", "length_ms"]
    ordering = ["-made_at"]
    exclude = ["owner_hash", "packed"]
