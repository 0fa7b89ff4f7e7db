"""Handwriting fonts, for their letters: what a recogniser of digits must refuse. Never for their digits."""

from __future__ import annotations

import hashlib
import tarfile
import tempfile
from pathlib import Path
from typing import Final

import platformdirs

from digitpad.errors import DataError
from digitpad.training import npm

VERSION: Final = "5.3.0"
FONTS: Final = {
    "architects-daughter": "0249dd5f81431dbf8a8406996c43f8018bf707221cf261d75145f083bb7091cf",
    "caveat": "38b98dbeb922a14a74dfb41f83fc24e0e645e2eed9ce72145fefbdae8828cbfb",
    "cedarville-cursive": "8d8360a98492b42d02c17e94c38bcd2a3cce6db6b9b430f3a110e71f81d7149c",
    "coming-soon": "d0a25ae9b9ffb2a2c235687f1698af2bbe18a84f47f1b099077a50382b812858",
    "covered-by-your-grace": "876d8371eedf1f9add237910aea034ca42cd5bdc8f7d722c7a04819ab3f711b8",
    "crafty-girls": "5d7392f508057ab8c20fa7e92989e679a9efd058b9d7736d688a614df9a79dfa",
    "dancing-script": "3e114c39b274829edb96a698275563336a42ec5c2a9c1fb7d7108b8bb804bfd3",
    "gloria-hallelujah": "31e7def8cf155d4dcc98216517ad509923a8a197bc9c8937668d04767c52040e",
    "gochi-hand": "82a4149218f2edccef96d2b0ed5bf92adc6ea290222bac4dcfa3de91afb6b3a3",
    "handlee": "9a8af5254df769bbdc196fd998231daec67c81dc3d6fd6f294ed80c2c4343551",
    "homemade-apple": "998f34b48e0bcb8974dc6e8d94961a87689ca40e3258554d2f6fc3778b1968a3",
    "indie-flower": "2cf7154e899ad16246196238d6d13f0135c5feba2d8ccde5d97a22664d012660",
    "just-another-hand": "996689005263a02315843bd1eff3f67b71ec1ca25be7fa9ee4523e4d282b7b89",
    "kalam": "70ab8c1d2c10a28f213c6f1c359888624d5e650ffcd64f93a8194c3e14403746",
    "la-belle-aurore": "d5ec94f05c2cb9ab9dd5bba03faede9a6d767803e36b6b5df36f64ada8546ce0",
    "loved-by-the-king": "c865f5db8c24e82e05b74065da789d1df28b12d66d2977e884af4a444ff46cb5",
    "nothing-you-could-do": "454bff123de1c8224aff670f12797ca91cf54becf6f8359391bd37a6dd68a60e",
    "over-the-rainbow": "e721f12763490802b576b3c1511cf4a0c6a33221772bf846885a295e5b758e3e",
    "patrick-hand": "0f7031f6665437e04d6f354c5f64d6ae6777b498afbe804638c45b957a7ce8aa",
    "reenie-beanie": "1b86681155e125625f01839b2e6688dde2b2a7766a8eb49645b3a8707c2bee9f",
    "schoolbell": "a448b8f4209a8ca16adc48753170f40a57e17f70675963e092501ed48842e4c8",
    "shadows-into-light": "93cff8110a18bb3e1fb0179c95f706ed1e8037e2e527c4cb425b46deaddbd975",
    "sue-ellen-francisco": "e2c988155c07d4a26b81216397fa1841af0916c9737a61e05ea38bd1bd5361b1",
    "waiting-for-the-sunrise": "8a2cf921d4129a7d447370c559d0687579e842196c9e80a774fb428b1755911b",
}
"""Open fonts (SIL Open Font License or Apache 2.0) as the npm packages @fontsource/… carry them: name, sha256."""
UNSEEN: Final = {
    "annie-use-your-telescope": "555a3ba045673dfa29aa1b2ed52f17772212380d2da9a79dc813ef51e26b0147",
    "neucha": "b0c09e2ecd7d760fb997f926f2d15e53c57561802fb071a317832942536ca82a",
    "swanky-and-moo-moo": "f4f292b60677133249ab543ca178fa6786d3dd9681899ef7ccde255bf956aced",
    "the-girl-next-door": "301aabf8a983d1231988eea6e125338a3933bd69de8b14137df80840c8d8c5e8",
}
"""The same, never trained on: refusal is measured by their letters."""


def handwriting_fonts(fonts: dict[str, str]) -> list[bytes]:
    """Read FONTS or UNSEEN from the cache, into which npm brings them the first time.

    :raises DataError: npm cannot be reached, or brings something else
    """
    folder = Path(platformdirs.user_cache_dir("digitpad", appauthor=False)) / f"fonts-{VERSION}"
    missing = {name: sha256 for name, sha256 in fonts.items() if not _is(folder / f"{name}.woff", sha256)}
    if missing:
        _fetch(missing, folder)
    return [(folder / f"{name}.woff").read_bytes() for name in fonts]


def _fetch(fonts: dict[str, str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        npm.pack([f"@fontsource/{name}@{VERSION}" for name in fonts], Path(temporary))
        for name, sha256 in fonts.items():
            font = Path(temporary) / f"{name}.woff"
            with tarfile.open(Path(temporary) / f"fontsource-{name}-{VERSION}.tgz") as archive:
                content = archive.extractfile(f"package/files/{name}-latin-400-normal.woff")
                font.write_bytes(content.read() if content else b"")
            if not _is(font, sha256):
                raise DataError(f"@fontsource/{name}@{VERSION}: npm brought another font than expected")
            font.replace(folder / font.name)


def _is(path: Path, sha256: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256
