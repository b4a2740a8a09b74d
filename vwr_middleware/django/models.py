"""A model without a table: by it the admin has a page of the waiting rooms, and a permission."""

from django.db import models


class WaitingRoom(models.Model):
    """A room. Nothing of it is in the database: the admin's page asks the room itself."""

    name: "models.CharField[str, str]" = models.CharField(max_length=32, primary_key=True)

    class Meta:
        app_label = "vwr"
        managed = False
        default_permissions = ("view",)
        verbose_name = "waiting room"

    def __str__(self) -> str:
        return self.name
