"""The shapes of answers, from which the OpenAPI schema is made."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from ledger.intake.calls import STATUS


class ReasonSerializer(serializers.Serializer):
    """Why a record was rejected. `value` is masked where it would name a person."""

    column = serializers.CharField(allow_blank=True)
    value = serializers.CharField(required=False)
    reason = serializers.CharField(help_text=_("A code of the quarantine."))
    message = serializers.CharField()


class ResultSerializer(serializers.Serializer):
    """What became of one record."""

    serial_no = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=sorted(STATUS.values()))
    reasons = ReasonSerializer(many=True)


class AnswerSerializer(serializers.Serializer):
    """What became of a call: received = created + revised + duplicate + rejected, and one result for each record, in order."""

    delivery_id = serializers.IntegerField()
    received = serializers.IntegerField()
    created = serializers.IntegerField()
    revised = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    rejected = serializers.IntegerField()
    ignored = serializers.ListField(child=serializers.CharField(), help_text=_("Names nothing was done with."))
    results = ResultSerializer(many=True)


class ProblemSerializer(serializers.Serializer):
    """Why a call was refused; nothing of it was taken."""

    code = serializers.CharField()
    message = serializers.CharField()
