#!/usr/bin/env python3
"""Writes the weights of torchvision's VisionTransformer, random, in its own names. Needs torchvision.

  peer_vision_weights.py FILE IMAGE_SIZE PATCH_SIZE LAYERS HEADS WIDTH MLP
"""
import sys

from safetensors.torch import save_file
from torchvision.models import VisionTransformer

file, *sizes = sys.argv[1:]
save_file(VisionTransformer(*map(int, sizes)).state_dict(), file)
