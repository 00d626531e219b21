"""Web pages. A page is a folder with a GraphQL document and a template."""

from api.pages.routes import error_page, routes

__all__ = ["error_page", "routes"]
