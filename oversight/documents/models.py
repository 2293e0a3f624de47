"""Documents: their numbers, every version of each as it was made, and the Word templates they were made from."""

from django.db import models
from django.db.models import Q

from ledger.kit.append_only import AppendOnly
from ledger.roster.models import Unit, User
from oversight.cases.models import Case


class Series(models.Model):
    """The numbers given to one kind of document in one year of Shanghai. Its row is the lock under which the next one is given."""

    kind = models.CharField(max_length=24)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "year"], name="series_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.last}"


class Template(AppendOnly):
    """A version of the Word template of a kind; the newest is used. The shipped one is version 0 and has no row.

    Putting an old one back is a version too, with the content of that one.
    """

    kind = models.CharField(max_length=24)
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=255, help_text="The name of the file as it was brought; empty for one put back.")
    put_back = models.PositiveIntegerField(null=True, help_text="The version whose content this is.")
    note = models.CharField(max_length=200, blank=True)
    put_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    put_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "version"], name="template_version_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


class Document(AppendOnly):
    """文书: one kind of document about one thing, with the number it keeps however often it is made again.

    `reference` is what addresses and records call it: the number on paper counts, and an address must not tell how many there are.
    `year` and `serial` are empty for kinds that are not numbered.
    """

    reference = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=24)
    number = models.CharField(max_length=40, blank=True, help_text="As it is printed, 整改〔2026〕1号.")
    year = models.PositiveSmallIntegerField(null=True)
    serial = models.PositiveIntegerField(null=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="documents")
    about = models.CharField(max_length=20, help_text="The number of the case, order, interview … it is about.")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "about"], name="document_once"),
            models.UniqueConstraint(fields=["kind", "year", "serial"], name="document_number_once"),
            models.CheckConstraint(
                name="document_number_whole",
                condition=Q(number="", year=None, serial=None)
                | (~Q(number="") & Q(year__isnull=False, serial__isnull=False, serial__gte=1)),
            ),
        ]
        indexes = [models.Index(fields=["case", "-id"]), models.Index(fields=["number"]), models.Index(fields=["about"])]

    def __str__(self) -> str:
        return self.number or self.reference


class Edition(AppendOnly):
    """A version of a document as it was made: the values of its fields, the template, and the Word file by its SHA-256.

    What the system fills in (文号, 发文机关, 成文日期 …) is among `fields`.
    """

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="editions")
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    fields = models.JSONField()
    template_version = models.PositiveIntegerField()
    template_sha256 = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "version"], name="edition_once")]

    def __str__(self) -> str:
        return f"{self.document} {self.version}"


class Addressee(AppendOnly):
    """A unit that a version of a document is addressed to; as a party of the case it sees that version."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="addressees")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "unit"], name="addressee_once")]

    def __str__(self) -> str:
        return f"{self.edition_id} {self.unit_id}"
