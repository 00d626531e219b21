"""The catalogues of translations: the texts of pages and reports, and display names of codes such as enum values."""
