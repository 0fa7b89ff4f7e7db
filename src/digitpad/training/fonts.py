"""Handwriting fonts, for their letters, which a digit recognizer must refuse. Never for their digits."""

from __future__ import annotations

import hashlib
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from digitpad import folders
from digitpad.errors import DataError
from digitpad.training import npm

VERSION: Final = "5.3.0"
FONTS: Final = {
    "architects-daughter": "0249dd5f81431dbf8a8406996c43f8018bf707221cf261d75145f083bb7091cf",
    "bad-script": "07202e03862cf10af6c0a9f5cfce39ef10e1923b64b965c3185b5ddef61b91f1",
    "caveat": "38b98dbeb922a14a74dfb41f83fc24e0e645e2eed9ce72145fefbdae8828cbfb",
    "cedarville-cursive": "8d8360a98492b42d02c17e94c38bcd2a3cce6db6b9b430f3a110e71f81d7149c",
    "coming-soon": "d0a25ae9b9ffb2a2c235687f1698af2bbe18a84f47f1b099077a50382b812858",
    "covered-by-your-grace": "876d8371eedf1f9add237910aea034ca42cd5bdc8f7d722c7a04819ab3f711b8",
    "crafty-girls": "5d7392f508057ab8c20fa7e92989e679a9efd058b9d7736d688a614df9a79dfa",
    "dancing-script": "3e114c39b274829edb96a698275563336a42ec5c2a9c1fb7d7108b8bb804bfd3",
    "dawning-of-a-new-day": "db6b4ace05ee8134f67c89150c387961d9c4f3e8ecc3efecfe8510738c3158fd",
    "delius": "eabc55870044215231d9f905b1b898926bcf588dc78e53523ea6590281b606f1",
    "edu-nsw-act-foundation": "abebb0863c1a82e42f688b59d66851a6896cd8f46f543f60d3c24750709157ea",
    "edu-qld-beginner": "c8406989bc5c5dfcf60f1edc010bc13434c25985f27c9ef1e87b64071b193776",
    "gaegu": "6d4c9dac093fce05bcf214b7b1e9d60de7ecae8a22aa940d63e586bcf32cab29",
    "gamja-flower": "a38f64533c71165be3845e8e1600a2c6062464d83c7c160d00ee5a9cbd67c46d",
    "give-you-glory": "84c8bec3e54403b756b60f5fa44aeb89ceb5a31c7296211a0d7717611bb73f8c",
    "gloria-hallelujah": "31e7def8cf155d4dcc98216517ad509923a8a197bc9c8937668d04767c52040e",
    "gochi-hand": "82a4149218f2edccef96d2b0ed5bf92adc6ea290222bac4dcfa3de91afb6b3a3",
    "hachi-maru-pop": "2d7996002498478f470f2fe68a5da60dbc00288ab485b6984d67fab7db1a43c1",
    "handlee": "9a8af5254df769bbdc196fd998231daec67c81dc3d6fd6f294ed80c2c4343551",
    "hi-melody": "346d604a1b9cbe55b43837112ce70dd6d30909898d82c3014c1f37f8e40f27a3",
    "homemade-apple": "998f34b48e0bcb8974dc6e8d94961a87689ca40e3258554d2f6fc3778b1968a3",
    "indie-flower": "2cf7154e899ad16246196238d6d13f0135c5feba2d8ccde5d97a22664d012660",
    "itim": "b226c76f3c05960cc30eaeca322d31cc5ecbeb4c693996d5d0964f892de12b46",
    "just-another-hand": "996689005263a02315843bd1eff3f67b71ec1ca25be7fa9ee4523e4d282b7b89",
    "just-me-again-down-here": "154f149b85fa4145d2545b270db1a149c1815fca861b2ef90700cccf20e76050",
    "kalam": "70ab8c1d2c10a28f213c6f1c359888624d5e650ffcd64f93a8194c3e14403746",
    "klee-one": "4c039b95126f61e0eb408e604751ac097fbf768043011d0156b407315776c720",
    "kristi": "baf2b649c525e4b3d6516c77c88c1533b4c0e7a8376e88f63c13ed4dd5e4be6a",
    "la-belle-aurore": "d5ec94f05c2cb9ab9dd5bba03faede9a6d767803e36b6b5df36f64ada8546ce0",
    "licorice": "71980143949c400f96354029d3c98b743018b69045b13bdbd6089150d692275f",
    "liu-jian-mao-cao": "cab561530949aaacec3f941e88d05386818c24b5a54ea50d2c5a50e0fefec0ae",
    "long-cang": "2392465c01aa8beaf5495ad22a8c006115e48a21f3a10ec774aaee7aef51522b",
    "loved-by-the-king": "c865f5db8c24e82e05b74065da789d1df28b12d66d2977e884af4a444ff46cb5",
    "mali": "cd38e40d516ab13ab4ef21cdb01671bac4c326ef338b39d87eb1892c5fc17bbf",
    "mansalva": "956720ae5632b40a4f79e92b27b936e174a038aa41b8638d30965c61ab465aff",
    "marck-script": "c26db9210c0b2823550e11baaeb2b6d234e5e5a14e8e6497029f29844859610d",
    "mynerve": "5d9deb86c7caed58b6c2624cc2ff1e4cd76bd389e99cf5d62f6342b0242d1d29",
    "nanum-pen-script": "08cdd640e142c977071b4c3d5c33fd9ec322990e540f5511ca2fccff4568d0ec",
    "nothing-you-could-do": "454bff123de1c8224aff670f12797ca91cf54becf6f8359391bd37a6dd68a60e",
    "over-the-rainbow": "e721f12763490802b576b3c1511cf4a0c6a33221772bf846885a295e5b758e3e",
    "pangolin": "d51be35cd652ff73e3d174e01cd978942cf67bcea08ab3043f711814fab162ce",
    "patrick-hand": "0f7031f6665437e04d6f354c5f64d6ae6777b498afbe804638c45b957a7ce8aa",
    "permanent-marker": "ab8ac2bb72d48e089e37d8eefbacdfe2d74ccd48ae786d952fce9874837d2b2b",
    "playwrite-br": "c31d44bef2634d8ab7d484efda842dba90c9ee8cb186c42521061de56ee41b32",
    "playwrite-de-grund": "2ef35798b3ea53e8ff8501c4a1d4608096b0b74c3a165b5ea53b1b694484de94",
    "playwrite-dk-loopet": "aa717d678634ad17d8cf213b890c9224d3811e5a9feacd77387a860219b40b20",
    "playwrite-fr-moderne": "2de15bb16c4f045edfeece7d75654ee87fd91012e939ff4dc43959cb0602509e",
    "playwrite-hr": "70ad35bbd59c3730438615da21916e4225a1764f28f8755aa9b09d417c32a0c8",
    "playwrite-in": "8b326d955596c54a7c19d65fa9dcf6b7729adaca7027695933a42cc2c128ef55",
    "playwrite-it-moderna": "46bbbe6618e1807652073bb16a8af99178a105591768711cf84286650bca6511",
    "playwrite-nl": "8a4510dab5571fed635e852bc776a6f3e8b9398b0bfabb2903600e95733bc580",
    "playwrite-pl": "4f68a8bba4692b522e66771b9a3c5d67a4f5eb296da06ff717b50bfbd0c56d73",
    "playwrite-us-modern": "4c3ff2ebd5ede4f24308ff0e893ff1cd28be7f58f7501de506da5054d9a479ac",
    "playwrite-us-trad": "198bc82b022ab9844fdb6645aecc87041ed99b1373d1c89a0f291f35a056223d",
    "playwrite-vn": "ea073d51ea8c51d3175c0acad8baf783487d3fc3291402784406f51853a6e41f",
    "poor-story": "15608168b3f53bff2060591a8a6953c9ab1c91eb19529e15b973ac2b70ca709f",
    "rancho": "f19330a4aee7eaac41911b9002a0e402feaa84f0318ea422668e11b920ed8fca",
    "reenie-beanie": "1b86681155e125625f01839b2e6688dde2b2a7766a8eb49645b3a8707c2bee9f",
    "rock-salt": "358d065405a805204d48cc51cc48a8447f8d86369aa05d44c70e0111d7ee7e29",
    "sacramento": "d3522a9bd9a636911205d65f8031b2baf2c1b1e91fc35070029dbf887364bd29",
    "schoolbell": "a448b8f4209a8ca16adc48753170f40a57e17f70675963e092501ed48842e4c8",
    "sedgwick-ave": "378d3d70f69fb7c7382cbbd3dc3663bc409bd45dee5711aa8543afee85de2f14",
    "shadows-into-light": "93cff8110a18bb3e1fb0179c95f706ed1e8037e2e527c4cb425b46deaddbd975",
    "shadows-into-light-two": "ba222b859894cd8ea9a5e2782d37c52fc3bb434c5057edfc1e82855174203ad4",
    "short-stack": "db596e8545afc95f708ad2d5ac878771998f7378da84c56759527fbdb02f5836",
    "square-peg": "f7da17dedee1e713341ea2b5a26bff3a8cb25e3dfe94e7a927c1ed56ecc4a1f7",
    "sriracha": "5d58be0698ba9a1b621ca2fa6d44e0b08b50fed7d913c956a4c0a9fd9fbfaa40",
    "sue-ellen-francisco": "e2c988155c07d4a26b81216397fa1841af0916c9737a61e05ea38bd1bd5361b1",
    "sunshiney": "0d10cdf01dbfa8c3e828836f0c71bf0a1b012b0ab08279d8bc57c47a43775a81",
    "waiting-for-the-sunrise": "8a2cf921d4129a7d447370c559d0687579e842196c9e80a774fb428b1755911b",
    "walter-turncoat": "90a2eac28cf08ea30ebc93308f5de15abbfa6b8e54253f5fc9cfedb3971b9f89",
    "yomogi": "889ffc6f4e2587b8bd94d0b2c7ddd2f7bb3d89b25be1b6f3290775620a204210",
    "zen-kurenaido": "1e20aeb08f255fbcf0ab5ccd03296d18bbeac3cefdb95e09c5b1676d73ac33b7",
    "zeyada": "91d3613bd2d6ca6d14bfba2a7c3918ee4ced380d570d1b29a6ebfbcf56e7a6ff",
}
"""Open fonts (SIL Open Font License or Apache 2.0) as the npm packages @fontsource/… carry them: name, sha256."""
UNSEEN: Final = {
    "annie-use-your-telescope": "555a3ba045673dfa29aa1b2ed52f17772212380d2da9a79dc813ef51e26b0147",
    "neucha": "b0c09e2ecd7d760fb997f926f2d15e53c57561802fb071a317832942536ca82a",
    "swanky-and-moo-moo": "f4f292b60677133249ab543ca178fa6786d3dd9681899ef7ccde255bf956aced",
    "the-girl-next-door": "301aabf8a983d1231988eea6e125338a3933bd69de8b14137df80840c8d8c5e8",
}
"""More of them, never trained on: refusal is measured on their letters."""


def handwriting_font(name: str) -> Path:
    """The cached file of one of FONTS or UNSEEN; the first time, all of them are fetched.

    :raises DataError: see `fetch`
    """
    file = _cache() / f"{name}.woff"
    if not _is(file, (FONTS | UNSEEN)[name]):
        fetch()
    return file


def fetch() -> None:
    """Have npm bring those of FONTS and UNSEEN that the cache lacks.

    :raises DataError: npm cannot be reached, or delivers something else
    """
    folder = _cache()
    fonts = {
        name: sha256 for name, sha256 in (FONTS | UNSEEN).items() if not _is(folder / f"{name}.woff", sha256)
    }
    if not fonts:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        try:
            npm.pack([f"@fontsource/{name}@{VERSION}" for name in fonts], Path(temporary))
        except DataError as error:
            raise DataError(
                f"the handwriting fonts, whose letters a model must refuse, cannot be had: {error}"
            ) from error
        for name, sha256 in fonts.items():
            font = Path(temporary) / f"{name}.woff"
            with tarfile.open(Path(temporary) / f"fontsource-{name}-{VERSION}.tgz") as archive:
                content = archive.extractfile(f"package/files/{name}-latin-400-normal.woff")
                font.write_bytes(content.read() if content else b"")
            if not _is(font, sha256):
                raise DataError(f"@fontsource/{name}@{VERSION}: npm brought another font than expected")
            font.replace(folder / font.name)


def _cache() -> Path:
    return folders.cache() / f"fonts-{VERSION}"


def _is(path: Path, sha256: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256
