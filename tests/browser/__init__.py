"""The portal as people meet it: Debian's Chromium on the real one-process start and its demo world."""
