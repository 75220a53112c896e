"""The web page over a store: ``unifig ui``. Starlette, numpy and the rest are loaded here."""
