"""The shop's pages. All they know of the waiting room is `request.vwr`."""

import secrets

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html")


async def tickets(request: HttpRequest) -> HttpResponse:
    # The visitor's session behind the waiting room; None if nobody has to wait.
    return render(request, "tickets.html", {"session": request.vwr})


async def time_left(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"seconds": request.vwr and request.vwr.seconds_left})


@require_POST
def purchase(request: HttpRequest) -> HttpResponse:
    number = secrets.token_hex(3).upper()
    response = HttpResponseRedirect(reverse("receipt", args=[number]))
    response.status_code = 303
    return response


def receipt(request: HttpRequest, number: str) -> HttpResponse:
    if request.vwr:
        # The visitor is done: the next in line may enter.
        request.vwr.complete()
    return render(request, "receipt.html", {"number": number})
