"""Names of the languages that doctors and patients speak, for reading by both."""

from __future__ import annotations

from core.i18n import mark

_NAMES = {
    "am": mark("Amharic"),
    "ar": mark("Arabic"),
    "ber": mark("Berber"),
    "bg": mark("Bulgarian"),
    "bm": mark("Bambara"),
    "bn": mark("Bengali"),
    "br": mark("Breton"),
    "ca": mark("Catalan"),
    "co": mark("Corsican"),
    "cs": mark("Czech"),
    "de": mark("German"),
    "el": mark("Greek"),
    "en": mark("English"),
    "es": mark("Spanish"),
    "eu": mark("Basque"),
    "fa": mark("Persian"),
    "fr": mark("French"),
    "fsl": mark("French Sign Language"),
    "he": mark("Hebrew"),
    "hi": mark("Hindi"),
    "ht": mark("Haitian Creole"),
    "hu": mark("Hungarian"),
    "hy": mark("Armenian"),
    "it": mark("Italian"),
    "ja": mark("Japanese"),
    "kab": mark("Kabyle"),
    "ko": mark("Korean"),
    "ku": mark("Kurdish"),
    "ln": mark("Lingala"),
    "mg": mark("Malagasy"),
    "nl": mark("Dutch"),
    "oc": mark("Occitan"),
    "pl": mark("Polish"),
    "ps": mark("Pashto"),
    "pt": mark("Portuguese"),
    "ro": mark("Romanian"),
    "ru": mark("Russian"),
    "so": mark("Somali"),
    "sq": mark("Albanian"),
    "sr": mark("Serbian"),
    "sw": mark("Swahili"),
    "ta": mark("Tamil"),
    "ti": mark("Tigrinya"),
    "tr": mark("Turkish"),
    "uk": mark("Ukrainian"),
    "ur": mark("Urdu"),
    "vi": mark("Vietnamese"),
    "wo": mark("Wolof"),
    "zh": mark("Chinese"),
}

# Those in which one writes: `fsl` is spoken with the hands.
WRITTEN = sorted((code, name) for code, name in _NAMES.items() if code != "fsl")


def language_name(tag: str) -> str:
    """Return the English name of a language, to be translated; the tag itself for a rarer one."""
    return _NAMES.get(tag.partition("-")[0].lower(), tag)
