"""The prompts, one text file each. This file makes the folder findable by importlib.resources; it holds no code."""
