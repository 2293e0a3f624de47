"""`manage.py makemessages`, also for what detectors say: they know no gettext, and their texts are shown where rules are edited."""

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    # The help of a parameter is its second argument, or its only one; of a refused parameter the text is the first.
    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=param:2", "--keyword=param:1,1t", "--keyword=ParamError:1"]
