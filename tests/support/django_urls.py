"""URLs of the synchronous Django shop."""

from tests.support.django_shop import patterns

urlpatterns = patterns(is_async=False)
