"""The column of a kept file: opened through the portal's own door, in clear, wherever and however it is kept."""

from typing import Any

from django.db.models import FileField
from django.db.models.fields.files import FieldFile

from portal.documents import storage


class KeptFile(FieldFile):
    """The file of a row that says under which key it is encrypted, and whose it is."""

    def open(self, mode: str | None = "rb", *_: Any, **__: Any) -> "KeptFile":
        """Open it to be read from its start to its end; raises FileNotFoundError, FileUnavailable.

        Its keys may be changed between the reading of the row and that of the file: it is then found again.
        """
        if mode != "rb":
            raise ValueError("a kept file is only read")
        self.close()
        try:
            self.file = self._opened()
        except FileNotFoundError:
            if not self._moved():
                raise
            self.file = self._opened()
        return self

    def _get_file(self) -> Any:
        """Return the file in clear, opened where it was not."""
        if getattr(self, "_file", None) is None:
            self._file = self._opened()
        return self._file

    def _set_file(self, file: Any) -> None:
        self._file = file

    def _del_file(self) -> None:
        del self._file

    file = property(_get_file, _set_file, _del_file)

    def _opened(self) -> Any:
        row: Any = self.instance
        return storage.opened(str(self.name), key_name=row.key_name, whose=row.whose)

    def _moved(self) -> bool:
        """Read the row again; True where its file has another name by now."""
        row: Any = self.instance
        found = type(row)._base_manager.filter(pk=row.pk).values_list("file", "key_name").first()  # noqa: SLF001
        if found is None or found[0] == self.name:
            return False
        self.name, row.key_name = found
        return True


class KeptFileField(FileField):
    """A file that may be encrypted; for the database, an ordinary one."""

    attr_class = KeptFile

    def deconstruct(self) -> Any:
        """Say so to migrations, which import nothing of the portal."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.FileField", args, kwargs
