"""Web pages of the application. Each page is a folder with a GraphQL document and a Jinja template."""

from api.pages.routes import error_page, routes

__all__ = ["error_page", "routes"]
