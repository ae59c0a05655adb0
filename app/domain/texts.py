"""A sentence in the two languages of the house."""

import msgspec


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person reads, French first."""

    fr: str
    en: str

    def of(self, locale: str) -> str:
        """The sentence in this language; French for one that we do not have."""
        return self.en if locale == "en" else self.fr
