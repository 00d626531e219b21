"""The catalogues of translations: the texts of the pages, and the names of code words such as the values of enums."""
