"""The catalogues of translations. They contain the texts of pages and reports, and the display names of codes.

Codes are, for example, enum values and error codes.
"""
