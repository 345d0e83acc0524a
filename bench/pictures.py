#!/usr/bin/env python3
"""Do the pages look as before? Pictures of two versions in Chromium, compared pixel by pixel.

`make pictures` opens timeline and agenda, table, matrix, task page and student page, light and dark, 1280 and 390 px
wide, with the version before the timeline was drawn from fragments and with this one: the same rows, the same moment.
It prints the share of pixels that differ and where, and writes both pictures and a picture of the differences to
var/pictures. `--before` names another commit. The exit code is 1 when a picture differs.
"""

import argparse
import os
import sys
from pathlib import Path

from PIL import Image, ImageChops

from bench.support import earlier, instance

BEFORE = "5ee5afc^"  # the last commit that drew the timeline with a template
SCRIPT = Path(__file__).parent / "support" / "pictured.py"
CELL = 24  # pixels: differences that are nearer to each other are one region
REGIONS = 6  # printed for each picture


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", default=BEFORE, metavar="COMMIT")
    parser.add_argument("--out", type=Path, default=instance.ROOT / "var" / "pictures")
    options = parser.parse_args()
    folders = {name: options.out.absolute() / name for name in ("before", "now", "difference")}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    with earlier.checkout(options.before) as root:
        names = earlier.run(SCRIPT, root, str(folders["before"]))
    earlier.run(SCRIPT, instance.ROOT, str(folders["now"]))
    differing = 0
    for name in names:
        share, regions = compare(*(folder / name for folder in folders.values()))
        differing += share > 0
        where = "; ".join("{},{} to {},{}".format(*region) for region in regions[:REGIONS])
        more = f" and {len(regions) - REGIONS} more" if len(regions) > REGIONS else ""
        print(f"{name:25} {share:8.3%} of the pixels differ" + (f": {where}{more}" if regions else ""))
    print(f"VERDICT: {differing} of {len(names)} pictures differ; all are in {options.out}")
    return 1 if differing else 0


def compare(before: Path, now: Path, difference: Path) -> tuple[float, list[tuple[int, int, int, int]]]:
    """Compare two pictures, and write the third: the picture of now, faded, with the differing pixels in red.

    Returns the share of differing pixels, and the regions that hold them (left, top, right, bottom), the largest first.
    """
    pictures = [Image.open(file).convert("RGB") for file in (before, now)]
    size = (max(picture.width for picture in pictures), max(picture.height for picture in pictures))
    canvases = [Image.new("RGB", size, "magenta") for _ in pictures]  # where a picture ends earlier
    for canvas, picture in zip(canvases, pictures, strict=True):
        canvas.paste(picture)
    red, green, blue = ImageChops.difference(*canvases).split()
    mask = ImageChops.lighter(ImageChops.lighter(red, green), blue).point(lambda value: 255 if value else 0)
    faded = Image.blend(canvases[1], Image.new("RGB", size, "white"), 0.7)
    faded.paste("red", mask=mask)
    faded.save(difference)
    return mask.histogram()[255] / (size[0] * size[1]), regions_of(mask)


def regions_of(mask: Image.Image) -> list[tuple[int, int, int, int]]:
    """Return the boxes of neighbouring differences in this black and white picture, the largest first."""
    cells = {
        (x, y)
        for x in range(0, mask.width, CELL)
        for y in range(0, mask.height, CELL)
        if mask.crop((x, y, x + CELL, y + CELL)).getbbox()
    }
    boxes = []
    while cells:
        group, edge = set(), [cells.pop()]
        while edge:
            x, y = edge.pop()
            group.add((x, y))
            near = {(x + dx, y + dy) for dx in (-CELL, 0, CELL) for dy in (-CELL, 0, CELL)} & cells
            cells -= near
            edge += near
        left, top = min(x for x, _ in group), min(y for _, y in group)
        right, bottom = max(x for x, _ in group) + CELL, max(y for _, y in group) + CELL
        box = mask.crop((left, top, right, bottom)).getbbox() or (0, 0, 0, 0)
        boxes.append((left + box[0], top + box[1], left + box[2], top + box[3]))
    return sorted(boxes, key=lambda box: -(box[2] - box[0]) * (box[3] - box[1]))


if __name__ == "__main__":
    sys.exit(main())
