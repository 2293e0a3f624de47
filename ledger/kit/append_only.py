"""Rows that are written once. The seal proves it afterwards; this stops a mistake before it happens."""

from collections.abc import Iterable
from typing import Any, NoReturn

from django.db import models


class AppendOnlyQuerySet(models.QuerySet):
    def update(self, **kwargs: Any) -> int:
        allowed: frozenset[str] = getattr(self.model, "late_fields", frozenset())
        if not set(kwargs) <= allowed:
            raise TypeError(f"{self.model.__name__} is append-only; {sorted(set(kwargs) - allowed)} cannot be changed")
        return super().update(**kwargs)

    def delete(self) -> NoReturn:
        raise TypeError(f"{self.model.__name__} is append-only; nothing is deleted")

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None) -> int:
        allowed: frozenset[str] = getattr(self.model, "late_fields", frozenset())
        if not set(fields) <= allowed:
            raise TypeError(f"{self.model.__name__} is append-only")
        return super().bulk_update(objs, fields, batch_size)


AppendOnlyManager = models.Manager.from_queryset(AppendOnlyQuerySet)


class AppendOnly(models.Model):
    """A row that may be inserted and never changed. `late_fields` names the columns given once, after the insert."""

    late_fields: frozenset[str] = frozenset()
    objects = AppendOnlyManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(f"{type(self).__name__} is append-only")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is append-only; nothing is deleted")
