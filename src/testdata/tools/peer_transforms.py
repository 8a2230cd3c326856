#!/usr/bin/env python3
"""What torchvision makes of a picture:  peer_transforms.py IN WIDTH HEIGHT OUT CHANGE...

IN holds float32 values, rows, pixels, channels; OUT gets as many for each CHANGE, one behind the other: "NAME PARAMETER...", with
brightness, contrast, saturation, hue, sharpness (one parameter), affine (degrees, pixels right, pixels down), shift (right, down).
"""
import sys

import numpy as np
import torch
from torchvision.transforms.v2 import InterpolationMode, functional as F



def changed(picture, name, *p):
    height, width = picture.shape[1:]
    if name == "affine":
        return F.affine(picture, p[0], [int(p[1]), int(p[2])], 1.0, [0.0, 0.0], InterpolationMode.NEAREST)
    if name == "shift":
        right, down = int(p[0]), int(p[1])
        room = max(abs(right), abs(down), 1)
        return F.crop(F.pad(picture, [room], padding_mode="edge"), room - down, room - right, height, width)
    return getattr(F, "adjust_" + name)(picture, p[0])


source, width, height, target = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
original = torch.from_numpy(np.fromfile(source, "<f4").reshape(height, width, 3)).permute(2, 0, 1)
with open(target, "wb") as out:
    for change in sys.argv[5:]:
        name, *parameters = change.split()
        result = changed(original, name, *(float(text) for text in parameters))
        out.write(result.permute(1, 2, 0).contiguous().numpy().astype("<f4").tobytes())
