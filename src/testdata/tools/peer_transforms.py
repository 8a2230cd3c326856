#!/usr/bin/env python3
"""What torchvision makes of a picture:  peer_transforms.py IN WIDTH HEIGHT OUT NAME PARAMETER...

IN and OUT hold float32 values, rows, pixels, channels. NAME: brightness, contrast, saturation, hue, sharpness (one parameter), affine
(degrees, pixels right, pixels down), shift (pixels right, pixels down).
"""
import sys

import numpy as np
import torch
from torchvision.transforms.v2 import InterpolationMode, functional as F

source, width, height, target, name = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
parameters = [float(text) for text in sys.argv[6:]]
picture = torch.from_numpy(np.fromfile(source, "<f4").reshape(height, width, 3)).permute(2, 0, 1)
if name == "affine":
    picture = F.affine(picture, parameters[0], [int(parameters[1]), int(parameters[2])], 1.0, [0.0, 0.0], InterpolationMode.NEAREST)
elif name == "shift":
    right, down = int(parameters[0]), int(parameters[1])
    room = max(abs(right), abs(down), 1)
    picture = F.crop(F.pad(picture, [room], padding_mode="edge"), room - down, room - right, height, width)
else:
    picture = getattr(F, "adjust_" + name)(picture, parameters[0])
picture.permute(1, 2, 0).contiguous().numpy().astype("<f4").tofile(target)
