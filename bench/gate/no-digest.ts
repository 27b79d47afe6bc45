/** Loaded before an archive (`--import`, in all of its threads): pixels are not digested. For the comparison alone. */
import { PixelDigest } from "../../src/archive/writer/pixel-digest.ts";

PixelDigest.prototype.update = () => {};
