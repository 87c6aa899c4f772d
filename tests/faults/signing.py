"""The checksums of p5's files, made again for files that were changed, as a forger would make them."""
import ctypes
import functools

from support import *


@functools.cache
def checksum64():
    """checksum64(std::span<const std::byte>) of src/base/digest.h."""
    found = ctypes.CDLL(str(Path(P5).parent / "libp5.so.0"))._ZN2p510checksum64ESt4spanIKSt4byteLm18446744073709551615EE
    found.restype, found.argtypes = ctypes.c_uint64, [ctypes.c_char_p, ctypes.c_size_t]
    return found


def xxh3(data):
    return f"{checksum64()(bytes(data), len(data)):016x}"


def sign_document(document):
    """The JSON text of a document with its own checksum."""
    document.pop("checksum", None)
    compact = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    document["checksum"] = xxh3(compact.encode())
    return json.dumps(document, ensure_ascii=False)


def sign_folder(folder):
    """Makes checksums.json of a folder again."""
    manifest = folder / "checksums.json"
    document = json.loads(manifest.read_text())
    for name, entry in document["files"].items():
        data = (folder / name).read_bytes()
        entry["bytes"], entry["xxh3"] = len(data), xxh3(data)
    manifest.write_text(sign_document(document))


def resign_folder(folder, first=None):
    """A function of a changed file: makes checksums.json again, after first(file)."""

    def resign(file):
        if first is not None:
            first(file)
        sign_folder(folder)

    return resign
