"""Address of the page that shows the visual language."""

from django.urls import path

from diagdm.style import views

urlpatterns = [path("style/", views.style_guide, name="style_guide")]
