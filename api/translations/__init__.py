"""The catalogues of translations: the texts of the pages, and display names of codes such as enum values."""
