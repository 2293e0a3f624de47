"""The eight prohibitions (八个严禁) every member of the force is under, numbered as the assessment scheme numbers them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Prohibition(models.TextChoices):
    UNFAIR = "1", _("unfair enforcement")
    CORRUPT = "2", _("corrupt enforcement")
    LAX = "3", _("lax enforcement")
    UNCIVIL = "4", _("uncivil enforcement")
    RED_TAPE = "5", _("needlessly complicated procedure")
    COLLUSION = "6", _("steering to or colluding with intermediaries")
    ABSENT = "7", _("slack on duty, away from or wandering off the post")
    CONDUCT = "8", _("words or conduct that did harm while serving")
