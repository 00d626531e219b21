"""Web pages of the application. Each page is a folder with a GraphQL document and a Jinja template."""
