"""Makes static/vendor again from the packages it comes from: what the pages use of them, and its manifest.

    npm pack bootstrap@5.3.8 bootstrap-icons@1.13.2 htmx.org@2.0.11 @fontsource-variable/inter@5.3.0
    python deploy/vendor.py FOLDER_OF_THE_PACKAGES

Bootstrap's stylesheet and htmx stand as published, without the reference to a source map. The sprite holds the icons
that a template or a sample names, and no other. Inter keeps the characters French and the names of Europe need, the
weights 400 to 700 and the features in use. The same packages and the same fontTools give the same bytes.
"""

import hashlib
import io
import re
import sys
import tarfile
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

ROOT = Path(__file__).resolve().parents[1]
VENDOR = ROOT / "static" / "vendor"
# Package: its sha256, and what the manifest says of it.
PACKAGES = {
    "bootstrap-5.3.8.tgz": (
        "8b02d4a7482e0f0a2b1da58f1c9c86830e96cc2f77f094f89e4681b19886bc38",
        "bootstrap 5.3.8 (MIT), the stylesheet; its JavaScript is not used",
    ),
    "bootstrap-icons-1.13.2.tgz": (
        "7b5960145e1ab14a49a117f96a9e5a54a94fdf07f21e302d9e4f88d73dd19f9c",
        "bootstrap-icons 1.13.2 (MIT), the icons in use gathered in one sprite",
    ),
    "htmx.org-2.0.11.tgz": (
        "165a2655073e9e6e55e307a7c74e8ebcdb76afb7701f9c16cfd106a13add408e",
        "htmx.org 2.0.11 (0BSD)",
    ),
    "fontsource-variable-inter-5.3.0.tgz": (
        "d26710dd38e7217484a1d47ee76c024977ec550548876f26d06ed1844af09a14",
        "@fontsource-variable/inter 5.3.0 (OFL 1.1), weights 400 to 700 of Latin and extended Latin",
    ),
}
FEATURES = ["kern", "mark", "mkmk", "calt", "ccmp", "locl", "tnum"]
# The ranges are those of the two @font-face rules of static/css/theme.css.
FACES = {
    "inter-latin-wght-normal.woff2": (
        "20-7E A0-FF 131 152-153 178 2BB-2BC 2C6 2DA 2DC 2000-206F 20AC 2122 2191 2193 2212"
    ),
    "inter-latin-ext-wght-normal.woff2": "100-130 132-151 154-177 179-17F 218-21B 1E9E",
}
HEAD = """Files of other projects, as published on npm, made by deploy/vendor.py; references to source maps are
removed.
sha256 of each file as it stands here.
"""
SYMBOL = '<symbol id="{name}" viewBox="0 0 16 16" fill="currentColor">{drawing}</symbol>\n'


class Package:
    """One published package, read from its archive."""

    def __init__(self, folder: Path, name: str) -> None:
        content = (folder / name).read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != PACKAGES[name][0]:
            raise SystemExit(f"{name}: sha256 {found}, expected {PACKAGES[name][0]}.")
        self.content = content

    def read(self, path: str) -> bytes:
        """Return one file of the package."""
        with tarfile.open(fileobj=io.BytesIO(self.content)) as archive:
            member = archive.extractfile(f"package/{path}")
            if member is None:
                raise SystemExit(f"{path}: not in the package.")
            return member.read()


def icons_in_use() -> list[str]:
    """Return the names of the icons that templates and samples name, in the order of the alphabet."""
    named: set[str] = set()
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        named.update(re.findall(r"""\{% icon ["']([^"']+)["']""", text))
        named.update(re.findall(r'icon_name="([^"]+)"', text))
    samples = (ROOT / "diagdm" / "style" / "samples.py").read_text(encoding="utf-8")
    named.update(re.findall(r'"icon_name": "([^"]+)"', samples))
    return sorted(named)


def sprite(package: Package) -> bytes:
    """Return the icons in use as one SVG of symbols."""
    symbols = []
    for name in icons_in_use():
        drawing = re.sub(r"\s*\n\s*", "", package.read(f"icons/{name}.svg").decode())
        drawing = re.sub(r"^<svg[^>]*>|</svg>$", "", drawing)
        symbols.append(SYMBOL.format(name=name, drawing=drawing))
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{"".join(symbols)}</svg>\n'.encode()


def face(package: Package, name: str) -> bytes:
    """Return one face of Inter with the characters, features and weights in use."""
    font = TTFont(io.BytesIO(package.read(f"files/{name}")), recalcTimestamp=False)
    ends = (one.partition("-") for one in FACES[name].split())
    kept = [code for first, _, last in ends for code in range(int(first, 16), int(last or first, 16) + 1)]
    options = subset.Options(layout_features=FEATURES, hinting=False, notdef_outline=True)
    shrunk = subset.Subsetter(options)
    shrunk.populate(unicodes=kept)
    shrunk.subset(font)
    font = instancer.instantiateVariableFont(font, {"wght": (400, 700)})
    font.flavor = "woff2"
    written = io.BytesIO()
    font.save(written, reorderTables=None)
    return written.getvalue()


def without_map(content: bytes) -> bytes:
    """Return a stylesheet or a script without its reference to a source map."""
    return re.sub(rb"\n?/[*/][#@] sourceMappingURL=[^\n]*", b"", content)


def files(folder: Path) -> dict[str, dict[str, bytes]]:
    """Return what static/vendor holds of each package."""
    bootstrap, icons, htmx, inter = (Package(folder, name) for name in PACKAGES)
    made = (
        {
            "bootstrap/LICENSE": bootstrap.read("LICENSE"),
            "bootstrap/bootstrap.min.css": without_map(bootstrap.read("dist/css/bootstrap.min.css")),
        },
        {"bootstrap-icons/LICENSE": icons.read("LICENSE"), "bootstrap-icons/icons.svg": sprite(icons)},
        {
            "htmx/LICENSE": htmx.read("LICENSE"),
            "htmx/htmx.min.js": without_map(htmx.read("dist/htmx.min.js")),
        },
        {
            "inter/LICENSE": inter.read("LICENSE"),
            **{f"inter/{name}": face(inter, name) for name in sorted(FACES)},
        },
    )
    return dict(zip(PACKAGES, made, strict=True))


def main(folder: Path) -> None:
    """Write static/vendor and its manifest."""
    manifest = [HEAD]
    for package, made in files(folder).items():
        manifest.append(f"\n{PACKAGES[package][1]}\n")
        for name, content in made.items():
            (VENDOR / name).parent.mkdir(parents=True, exist_ok=True)
            (VENDOR / name).write_bytes(content)
            manifest.append(f"  {hashlib.sha256(content).hexdigest()}  {name}\n")
    (VENDOR / "MANIFEST.txt").write_text("".join(manifest), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
