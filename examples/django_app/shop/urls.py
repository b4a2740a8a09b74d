"""The shop's addresses."""

from django.urls import path

from shop import views

urlpatterns = [
    path("", views.home, name="home"),
    path("tickets", views.tickets, name="tickets"),
    path("tickets/time-left", views.time_left),
    path("tickets/purchase", views.purchase, name="purchase"),
    path("tickets/receipt/<number>", views.receipt, name="receipt"),
]
