from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "oversight"

    def ready(self) -> None:
        # Registers the system checks, and makes @shared_task functions belong to this Celery application.
        from oversight import access, celery, checks, joining  # noqa: F401

        joining.join_areas()
