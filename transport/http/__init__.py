"""The HTTP calls; docs/http.md describes each. The way in is `routes.add_routes`."""
