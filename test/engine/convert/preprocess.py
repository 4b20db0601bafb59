"""The published preprocessing by Pillow, as Hugging Face's CLIPImageProcessor does it: preprocess.py SIZE FILE... writes raw grey bytes.

Grey, shortest edge to SIZE (the other rounded down), bicubic with antialiasing, centre crop.
"""
import sys

from PIL import Image

size = int(sys.argv[1])
for path in sys.argv[2:]:
    image = Image.open(path).convert("L")
    width, height = image.size
    short = min(width, height)
    target = (size, int(size * height / width)) if width <= height else (int(size * width / height), size)
    image = image.resize(target, Image.BICUBIC)
    left, top = (target[0] - size) // 2, (target[1] - size) // 2
    sys.stdout.buffer.write(image.crop((left, top, left + size, top + size)).tobytes())
